import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmod, copyFile, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { guideChecks, OWN_CHECKS } from "./compose/checks.ts";
import {
  blockThatBegins,
  commandsThatBegin,
  reasonsNotToRun,
  RUN_AS_THEY_ARE,
  valuesOf,
} from "./compose/guide.ts";
import { containersOf } from "./compose/mesh.ts";
import { mutated, MUTANTS } from "./compose/mutants.ts";
import { problemsOf } from "./compose/policies.ts";
import { COMPOSE_FILE, type Project, PROVIDER_FILES, readProject } from "./compose/project.ts";
import { builtImage } from "./image/built-image.ts";
import { runPlan } from "./image/engine.ts";
import { pairOf } from "./image/mount-flags.ts";
import { mountImage } from "./image/mounted-image.ts";
import type { Verification } from "./verification.ts";

/** The mesh for one machine: its file, and its services started from the image with what the file gives them. */
export const compose: Verification = {
  artefact: COMPOSE_FILE,
  packages: [
    "buildah",
    "debootstrap",
    "docker-compose",
    "iproute2",
    "openssl",
    "postgresql",
    "redis-server",
  ],
  verify,
};

async function verify(): Promise<string> {
  const scratch = await mkdtemp(join(tmpdir(), "compose-"));
  try {
    // Servers of this machine run as their own users.
    await chmod(scratch, 0o755);
    const env = { PATH: process.env["PATH"] ?? "", OPENAI_API_KEY: "sk-test" };
    const secrets = await makeSecrets(scratch, env);
    const read = (...files: readonly string[]) =>
      readProject([COMPOSE_FILE, ...files], { ...env, ORCHESTRATOR_SECRETS: secrets });
    const project = await read();
    checkFile(project);
    await checkSecrets(secrets, project);
    checkGuide(project);
    await followGuide(RUN_AS_THEY_ARE.provider, { scratch, env });
    await copyFile(join(secrets, "openai_api_key"), join(secrets, "anthropic_api_key"));
    for (const file of PROVIDER_FILES) {
      assert.deepEqual(problemsOf(await read(file)), [], file);
    }
    const seen = await runMesh(project, scratch);
    return [
      `docker-compose takes it; ${Object.keys(project.services).length} services follow the rules, which refuse ${MUTANTS.length} mistakes`,
      "secrets made as the guide says",
      seen,
      "nginx, jaeger, prometheus and grafana: parsed, never run here",
      ...reasonsNotToRun(),
    ].join("; ");
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

type Context = { readonly scratch: string; readonly env: Readonly<Record<string, string>> };

async function makeSecrets(scratch: string, env: Context["env"]): Promise<string> {
  await followGuide(RUN_AS_THEY_ARE.secrets, { scratch, env });
  return join(scratch, "deploy/compose/secrets");
}

/** Runs the guide's block that begins so, in a folder that stands for the checkout. */
async function followGuide(begin: string, { scratch, env }: Context): Promise<void> {
  await promisify(execFile)("sh", ["-euc", blockThatBegins("sh", begin)], { cwd: scratch, env });
}

function checkFile(project: Project): void {
  assert.deepEqual(problemsOf(project), []);
  for (const mutant of MUTANTS) {
    const problems = problemsOf(mutated(project, mutant)).join("\n");
    assert.match(problems, mutant.problem, `${JSON.stringify(mutant)} is let through`);
  }
}

/** What the guide makes is what the file wants, and none of it is in what docker-compose prints. */
async function checkSecrets(folder: string, project: Project): Promise<void> {
  const wanted = Object.values(project.secrets).map(({ file }) => file);
  const made = (await readdir(folder)).map((name) => join(folder, name));
  assert.deepEqual(made.toSorted(), wanted.toSorted());
  const printed = JSON.stringify(project);
  const texts = await Promise.all(made.map((file) => readFile(file, "utf8")));
  const kept = texts.map((text) => text.trim()).filter((text) => text !== "");
  assert.ok(kept.every((text) => !printed.includes(text)));
}

/** Commands of the guide name files, profiles and services that there are. */
function checkGuide({ services }: Project): void {
  const commands = commandsThatBegin("docker", "compose");
  assert.ok(commands.length > 5, "the guide has its commands");
  const profiles = new Set(Object.values(services).flatMap((service) => service.profiles ?? []));
  for (const command of commands) {
    const [, , ...words] = command;
    assert.deepEqual(words.slice(0, 4), ["-p", "orchestrator", "-f", COMPOSE_FILE]);
    const added = valuesOf("-f", words).slice(1);
    assert.ok(
      added.every((file) => PROVIDER_FILES.includes(file)),
      command.join(" "),
    );
    const profile = words[words.indexOf("--profile") + 1];
    assert.ok(!words.includes("--profile") || profiles.has(profile ?? ""), command.join(" "));
    const named = [
      words[words.indexOf("exec") + 1],
      words[words.indexOf("HUP") + 1],
      words[words.indexOf("--scale") + 1]?.split("=")[0],
    ].filter((_, index) => words.includes(["exec", "HUP", "--scale"][index] ?? ""));
    assert.ok(
      named.every((name) => name !== undefined && name in services),
      command.join(" "),
    );
  }
}

/** Starts the file's services from the image, and asks what the guide asks. */
async function runMesh(project: Project, scratch: string): Promise<string> {
  const built = await builtImage();
  await using mounted = await mountImage(built.name);
  const imageEnv = Object.fromEntries(mounted.config.Env.map(pairOf));
  const containers = await containersOf(project, { scratch, imageEnv });
  const checks = [...OWN_CHECKS, ...guideChecks()];
  const outcome = await runPlan({
    rootfs: mounted.rootfs,
    scratch,
    containers,
    questions: checks.map(({ container, command }) => ({ container, command })),
  });
  for (const [index, answer] of outcome.answers.entries()) {
    const asked = checks[index];
    asked?.check(answer, `${asked.container}: ${asked.command.join(" ")}\n${answer.stderr}`);
  }
  const services = containers.filter(({ kind, healthcheck }) => kind === "image" && healthcheck);
  for (const { name } of services) {
    assert.equal(outcome.ends[name]?.code, 0, `${name} ends with 0 after SIGTERM`);
  }
  const times = services.map(({ name }) => `${name} ${outcome.startMs[name]}`).join(", ");
  return (
    `from the image, as 10001 on read-only roots in networks of their own, with PostgreSQL and Redis of this machine: ` +
    `migrated in ${outcome.startMs["migrate"]} ms, healthy after (ms) ${times}; ran a pipeline; all ended with 0`
  );
}
