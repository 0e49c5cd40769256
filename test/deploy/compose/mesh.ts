import { execFileSync } from "node:child_process";
import { chownSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { findPostgres } from "@orchestrator/postgres/testing";
import { findRedis } from "@orchestrator/redis/testing";

import type { ContainerPlan, Mount } from "../image/engine/plan.ts";
import { bindOf, tmpfsOf } from "../image/mount-flags.ts";
import type { ComposeService, Project } from "./project.ts";

/** Images that are pulled from nowhere here: servers of this machine stand in for two, the others are not started. */
const HOSTS: Readonly<Record<string, (service: ComposeService, at: Place) => Host>> = {
  postgres: hostPostgres,
  redis: hostRedis,
};
const NOT_STARTED = new Set(["nginx", "jaeger", "prometheus", "grafana", "backup"]);

type Place = { readonly scratch: string; readonly project: Project };
type Host = ContainerPlan["command"];

/** What `up` starts of a project, in the order in which it does, as far as there are images. */
export async function containersOf(
  project: Project,
  { scratch, imageEnv }: { scratch: string; imageEnv: Readonly<Record<string, string>> },
): Promise<readonly ContainerPlan[]> {
  const containers: ContainerPlan[] = [];
  for (const name of startOrder(project).filter((each) => !NOT_STARTED.has(each))) {
    const service = project.services[name];
    if (service === undefined) throw new Error(`there is no service ${name}`);
    const common = { service: name, healthcheck: healthcheckOf(service) };
    const host = HOSTS[name];
    if (host !== undefined) {
      const command = host(service, { scratch, project });
      containers.push({ ...common, name, kind: "host", command, env: {}, mounts: [] });
      continue;
    }
    const mounts = await mountsOf(service, { scratch, project });
    const env = { ...imageEnv, ...variablesOf(service) };
    for (const replica of namesOfReplicas(name, service)) {
      const command = service.command ?? [];
      containers.push({ ...common, name: replica, kind: "image", command, env, mounts });
    }
  }
  return containers;
}

function namesOfReplicas(name: string, { deploy }: ComposeService): readonly string[] {
  const count = deploy?.replicas ?? 1;
  return count === 1 ? [name] : Array.from({ length: count }, (_, index) => `${name}-${index + 1}`);
}

/** Who is needed stands before who needs it. */
function startOrder({ services }: Project): readonly string[] {
  const order = new Set<string>();
  const add = (name: string): void => {
    Object.keys(services[name]?.depends_on ?? {}).forEach(add);
    order.add(name);
  };
  Object.keys(services).toSorted().forEach(add);
  return [...order];
}

function variablesOf({ environment = {} }: ComposeService): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [name, value ?? ""]),
  );
}

function healthcheckOf({ healthcheck }: ComposeService): readonly string[] | undefined {
  const [kind, ...command] = healthcheck?.test ?? [];
  return kind === undefined ? undefined : kind === "CMD" ? command : ["sh", "-c", ...command];
}

async function mountsOf(
  { volumes = [], tmpfs = [], secrets = [] }: ComposeService,
  { scratch, project }: Place,
): Promise<readonly Mount[]> {
  const files = secrets.map(
    ({ source, target = source }) => `${fileOf(project, source)}:/run/secrets/${target}:ro`,
  );
  const binds = [...volumes, ...files].map((value) => bindOf(value, scratch));
  return [...tmpfs.map(tmpfsOf), ...(await Promise.all(binds))];
}

function fileOf({ secrets }: Project, name: string): string {
  const file = secrets[name]?.file;
  if (file === undefined) throw new Error(`there is no secret ${name}`);
  return file;
}

/** As the official image prepares it: the user and database of its variables, passwords by SCRAM. */
function hostPostgres(service: ComposeService, { scratch, project }: Place): Host {
  const bin = findPostgres();
  if (bin === undefined) throw new Error("no PostgreSQL is installed");
  const { POSTGRES_USER: user = "", POSTGRES_DB: database = "", ...more } = variablesOf(service);
  const folder = folderOf("postgres", scratch);
  const data = join(folder, "data");
  const password = join(folder, "password");
  writeFileSync(password, readFileSync(fileOf(project, "postgres_password")));
  const as = (program: string, args: readonly string[], input = "") =>
    execFileSync("setpriv", [...privilegesOf("postgres"), join(bin, program), ...args], {
      input,
      stdio: ["pipe", "ignore", "ignore"],
    });
  const flags = (more["POSTGRES_INITDB_ARGS"] ?? "").split(" ");
  as("initdb", ["-D", data, "-U", user, "--pwfile", password, "--no-sync", ...flags]);
  as("postgres", ["--single", "-D", data, "postgres"], `create database ${database}\n`);
  const rules = readFileSync(join(data, "pg_hba.conf"), "utf8");
  writeFileSync(join(data, "pg_hba.conf"), `${rules}\nhost all all all scram-sha-256\n`);
  const place = ["-D", data, "-c", "listen_addresses=*", "-c", `unix_socket_directories=${folder}`];
  const [, ...args] = service.command ?? [];
  return ["setpriv", ...privilegesOf("postgres"), join(bin, "postgres"), ...place, ...args];
}

/** The official image turns off the mode that serves loopback alone, too. */
function hostRedis(service: ComposeService, { scratch, project }: Place): Host {
  const folder = folderOf("redis", scratch);
  const users = join(folder, "users");
  copyFileSync(fileOf(project, "redis_users"), users);
  const [, ...args] = service.command ?? [];
  const own = args.map((word) => (word === "/run/secrets/redis_users" ? users : word));
  const place = ["--dir", folder, "--protected-mode", "no"];
  return ["setpriv", ...privilegesOf("redis"), findRedis() ?? "redis-server", ...own, ...place];
}

function privilegesOf(user: string): readonly string[] {
  return [`--reuid=${user}`, `--regid=${user}`, "--clear-groups"];
}

function folderOf(user: string, scratch: string): string {
  const folder = join(scratch, user);
  mkdirSync(folder);
  const id = (flag: string) => Number(execFileSync("id", [flag, user], { encoding: "utf8" }));
  chownSync(folder, id("-u"), id("-g"));
  return folder;
}
