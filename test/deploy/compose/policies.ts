import { existsSync, readFileSync } from "node:fs";

import { parse } from "yaml";

import type { ComposeService, Project } from "./project.ts";

type Policy = (
  service: ComposeService,
  context: { name: string; project: Project },
) => readonly string[];

const OWN = ["migrate", "state", "registry", "executor", "gateway"];
/** With the profile of those that are not always there. */
const OPTIONAL: Readonly<Record<string, string>> = {
  jaeger: "observability",
  prometheus: "observability",
  grafana: "observability",
  backup: "backup",
};
const SERVICES = [...OWN, "nginx", "postgres", "redis", ...Object.keys(OPTIONAL)];
/** They end, and then there is nothing to ask. */
const JOBS = new Set(["migrate", "backup"]);
/** What is written there is to outlive the containers, and their volumes. */
const WRITTEN_FOLDERS: Readonly<Record<string, string>> = { backup: "/backups" };
/** Of the architecture: what callers use, and the ops port. */
const PORTS: Readonly<Record<string, readonly string[]>> = {
  state: ["7003", "9103"],
  registry: ["7001", "9101"],
  executor: ["7002", "9102"],
  gateway: ["8000", "9100"],
};
const PUBLISHED: Readonly<Record<string, readonly string[]>> = {
  nginx: ["443:443/tcp", "80:80/tcp"],
  jaeger: ["127.0.0.1:16686:16686/tcp"],
  prometheus: ["127.0.0.1:9090:9090/tcp"],
  grafana: ["127.0.0.1:3000:3000/tcp"],
};
const NETWORKS: Readonly<Record<string, string>> = {
  nginx: "edge",
  gateway: "edge mesh stores",
  registry: "mesh stores",
  state: "mesh stores",
  executor: "mesh",
  migrate: "stores",
  backup: "stores",
  postgres: "stores",
  redis: "stores",
  jaeger: "consoles mesh",
  prometheus: "consoles mesh",
  grafana: "consoles",
};
/** Who needs a secret; nobody else is given it. Keys of providers go to the registry. */
const HOLDERS: Readonly<Record<string, string>> = {
  api_key: "gateway",
  secret_key: "gateway state",
  mesh_secret: "executor gateway registry state",
  postgres_url: "backup migrate registry state",
  redis_url: "gateway registry state",
  openai_api_key: "registry",
  anthropic_api_key: "registry",
};

/** Everything that is wrong with a project, one line each. */
export function problemsOf(project: Project): readonly string[] {
  const names = Object.keys(project.services).toSorted();
  const missing = SERVICES.filter((name) => !names.includes(name));
  const unknown = names.filter((name) => !SERVICES.includes(name));
  return [
    ...missing.map((name) => `there is no service ${name}`),
    ...unknown.map((name) => `${name} is a service that no rule knows`),
    ...Object.entries(project.services).flatMap(([name, service]) =>
      POLICIES.flatMap((policy) => policy(service, { name, project })).map(
        (problem) => `${name}: ${problem}`,
      ),
    ),
    ...problemsOfSecrets(project),
    ...unless(project.networks["stores"]?.internal === true, "stores is not an internal network"),
    ...unless(hasConnections(project), "postgres admits fewer connections than services may open"),
  ];
}

const POLICIES: readonly Policy[] = [
  function imageIsPinned({ image }, { name }) {
    const isPinned = /:v?\d+\.\d+(\.\d+)?(-[\w.]+)?(@sha256:[0-9a-f]{64})?$/.test(image);
    return OWN.includes(name)
      ? unless(image === "orchestrator:local", `its image is ${image}`)
      : unless(isPinned, `${image} is not pinned to a version`);
  },
  function isConfined(service, { name }) {
    const { user, cap_drop: dropped = [], security_opt: options = [] } = service;
    const isRoot = user === undefined || /^(0|root)(:|$)/.test(user);
    return [
      ...unless(service.read_only === true, "its root can be written"),
      ...unless(dropped.includes("ALL"), "it keeps capabilities"),
      ...unless((service.cap_add ?? []).length === 0, "it is given capabilities"),
      ...unless(options.includes("no-new-privileges:true"), "it may gain privileges"),
      ...unless(service.privileged !== true, "it is privileged"),
      ...unless(service.network_mode === undefined && service.pid === undefined, "it is not apart"),
      // The image says 10001.
      ...unless(OWN.includes(name) || !isRoot, "it may run as root"),
    ];
  },
  function isBounded({ deploy, pids_limit: pids, logging, restart }, { name }) {
    const { cpus, memory } = deploy?.resources?.limits ?? {};
    return [
      ...unless(cpus !== undefined && memory !== undefined, "CPU or memory has no limit"),
      ...unless(pids !== undefined, "processes have no limit"),
      ...unless(logging?.options?.["max-size"] !== undefined, "its log has no limit"),
      ...unless(restart === (JOBS.has(name) ? "no" : "unless-stopped"), "wrong restart"),
    ];
  },
  function tellsItsHealth({ healthcheck }, { name }) {
    const test = healthcheck?.test ?? [];
    const isOwn = OWN.includes(name) && !JOBS.has(name);
    const wanted = ["CMD", "orchestrator", "health", "--service", name].join(" ");
    return [
      ...unless(test.length > 0 || JOBS.has(name), "it has no health check"),
      ...unless(!isOwn || test.join(" ") === wanted, `its health check is not ${wanted}`),
    ];
  },
  function waitsForHealth({ depends_on: needs = {}, profiles = [] }, { project }) {
    return Object.entries(needs).flatMap(([other, { condition }]) => {
      const needed = project.services[other];
      const wanted =
        needed?.healthcheck === undefined ? "service_completed_successfully" : "service_healthy";
      const isThere = (needed?.profiles ?? []).every((profile) => profiles.includes(profile));
      return [
        unless(condition === wanted, `it does not wait until ${other} is ${wanted}`),
        unless(isThere, `${other}, which it needs, is of another profile`),
      ].flat();
    });
  },
  function isOfItsProfile({ profiles = [] }, { name }) {
    const wanted = OPTIONAL[name] ?? "";
    return unless(profiles.join(" ") === wanted, `its profiles are not [${wanted}]`);
  },
  function hasItsPorts({ ports = [], expose = [] }, { name }) {
    const texts = ports.map((port) =>
      typeof port === "string" ? port : `${port.published}:${port.target}/tcp`,
    );
    const published = texts.toSorted().join(" ");
    const wanted = PUBLISHED[name]?.join(" ") ?? "";
    const missing = (PORTS[name] ?? []).filter((port) => !expose.includes(port));
    return [
      ...unless(published === wanted, `it publishes [${published}], not [${wanted}]`),
      ...unless(missing.length === 0, `it does not name its ports ${missing.join(", ")}`),
    ];
  },
  function isInItsNetworks({ networks = {} }, { name }) {
    const joined = Object.keys(networks).toSorted().join(" ");
    return unless(joined === NETWORKS[name], `its networks are ${joined}`);
  },
  function keepsSecretsInFiles({ environment = {}, secrets = [], command = [] }, { project }) {
    const given = new Set(
      secrets.map(({ source, target = source }) =>
        target.startsWith("/") ? target : `/run/secrets/${target}`,
      ),
    );
    const variables = Object.entries(environment).map(
      ([key, value]) => [key, value ?? ""] as const,
    );
    const open = variables.filter(([key]) => /(KEY|SECRET|PASSWORD|TOKEN)$/.test(key));
    const files = variables.filter(([key, value]) => key.endsWith("_FILE") && !given.has(value));
    const texts = [...variables.map(([, value]) => value), ...command];
    return [
      ...open.map(([key]) => `${key} holds a secret itself`),
      ...files.map(([key, value]) => `${key} names ${value}, which it is not given`),
      ...unless(!texts.some((text) => /:\/\/[^/@]*:[^/@]+@/.test(text)), "a URL has a password"),
      ...secrets
        .filter(({ source }) => project.secrets[source] === undefined)
        .map(({ source }) => `there is no secret ${source}`),
    ];
  },
  function mountsWhatIsThere({ volumes = [], tmpfs = [] }, { name, project }) {
    const mounts = volumes.map((volume) => volume.split(":"));
    const folders = mounts.filter(([source = ""]) => source.startsWith("/"));
    const named = mounts.filter(([source = ""]) => !source.startsWith("/"));
    const has = (target: string) => mounts.some(([, at]) => at === target);
    const scratch = new Set(tmpfs.map((value) => value.split(":")[0]));
    return [
      ...folders
        .filter(([, target]) => target !== WRITTEN_FOLDERS[name])
        .flatMap(([source = "", , mode]) =>
          unless(existsSync(source), `${source} is not there`).concat(
            unless(mode === "ro", `${source} can be written`),
          ),
        ),
      ...named.flatMap(([source = ""]) =>
        unless(source in project.volumes, `there is no volume ${source}`),
      ),
      ...unless(scratch.has("/tmp"), "/tmp cannot be written"),
      ...unless(!OWN.includes(name) || has("/app/config"), "/app/config is not mounted"),
      ...unless(
        !OWN.includes(name) || scratch.has("/var/log/orchestrator"),
        "/var/log/orchestrator cannot be written",
      ),
      ...unless(name !== "executor" || has("/app/data"), "/app/data is not mounted"),
    ];
  },
  function runsAsManyAsPlanned({ deploy }, { name }) {
    const wanted = name === "state" || name === "executor" ? 2 : 1;
    return unless((deploy?.replicas ?? 1) === wanted, `there are not ${wanted} of it`);
  },
];

/** Every secret is used by somebody, and its file is there for the users of the containers. */
function problemsOfSecrets({ services, secrets }: Project): readonly string[] {
  return Object.entries(secrets).flatMap(([name, { file }]) => {
    const holders = holdersOf(name, services);
    const wanted = HOLDERS[name] ?? holders;
    return unless(holders !== "", `nobody uses the secret ${name}`).concat(
      unless(holders === wanted, `the secret ${name} is given to ${holders}, not to ${wanted}`),
      unless(existsSync(file), `${file} is not there`),
    );
  });
}

function holdersOf(secret: string, services: Project["services"]): string {
  return Object.entries(services)
    .filter(([, { secrets = [] }]) => secrets.some(({ source }) => source === secret))
    .map(([name]) => name)
    .toSorted()
    .join(" ");
}

/** For superusers, a backup, and somebody who looks in. */
const RESERVED = 3 + 2;
/** Connections of a state beside its pool. */
const LANES = 2;

/** Each replica of state and registry may open as many as config/production.yaml says, which all of them read. */
function hasConnections({ services }: Project): boolean {
  const { database }: { database: { pool_size: number; max_overflow: number } } = parse(
    readFileSync("config/production.yaml", "utf8"),
  );
  const each = database.pool_size + database.max_overflow;
  const setting = services["postgres"]?.command?.find((word) =>
    word.startsWith("max_connections="),
  );
  const opened = ["state", "registry"].reduce(
    (sum, name) =>
      sum + (services[name]?.deploy?.replicas ?? 1) * (each + (name === "state" ? LANES : 0)),
    0,
  );
  return Number(setting?.split("=")[1]) >= opened + RESERVED;
}

function unless(condition: boolean, problem: string): readonly string[] {
  return condition ? [] : [problem];
}
