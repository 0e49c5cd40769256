import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { blockThatBegins, commandsThatBegin, RUN_AS_THEY_ARE, valuesOf } from "./compose/guide.ts";
import { builtImage, DOCKERFILE } from "./image/built-image.ts";
import { checkConfig, checkContents } from "./image/contents.ts";
import { runPlan } from "./image/engine.ts";
import type { Answer, ContainerPlan } from "./image/engine/plan.ts";
import { bindOf, pairOf, tmpfsOf } from "./image/mount-flags.ts";
import { mountImage } from "./image/mounted-image.ts";
import type { Verification } from "./verification.ts";

/** The image: built, looked over, and run as an engine would run it. */
export const image: Verification = {
  artefact: DOCKERFILE,
  packages: ["buildah", "debootstrap", "iproute2", "openssl"],
  verify,
};

const USER = 10_001;
const NOT_WRITABLE = ["/", "/app", "/app/config", "/etc", "/run", "/usr/local/bin", "/var/lib"];
const WRITABLE = ["/tmp", "/app/data", "/var/log/orchestrator"];

async function verify(): Promise<string> {
  const built = await builtImage();
  await using mounted = await mountImage(built.name);
  const { rootfs, config, bytes } = mounted;
  checkConfig(config, built);
  checkBuildCommands();
  const packages = checkContents(rootfs);
  const scratch = await mkdtemp(join(tmpdir(), "image-"));
  try {
    const solo = await soloContainer(scratch, Object.fromEntries(config.Env.map(pairOf)));
    const checks = [...CHECKS, ...guideChecks()];
    const questions = checks.map(({ command }) => ({ container: solo.name, command }));
    const outcome = await runPlan({ rootfs, scratch, containers: [solo], questions });
    for (const [index, answer] of outcome.answers.entries()) checks[index]?.check(answer);
    assert.equal(outcome.ends["orchestrator"]?.code, 0, "it ends with 0 after SIGTERM");
    const time =
      built.buildMs === undefined
        ? "built before from the same sources"
        : `built in ${(built.buildMs / 1_000).toFixed(0)} s`;
    return [
      `${time} by buildah on a base of Debian packages and npm's Node 24 (the public base was not pulled)`,
      `${(bytes / 1e6).toFixed(0)} MB unpacked`,
      `${packages} npm packages, all in its SBOM`,
      `an embedded mesh, as ${USER} on a read-only root, healthy after ${outcome.startMs["orchestrator"]} ms, ran a pipeline`,
      `ended with 0 in ${outcome.ends["orchestrator"]?.ms} ms`,
    ].join("; ");
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Arguments and secrets that the guide gives a build are those that the Dockerfile takes. */
function checkBuildCommands(): void {
  const dockerfile = readFileSync(DOCKERFILE, "utf8");
  const commands = commandsThatBegin("docker", "build");
  assert.ok(commands.length > 0, "the guide builds the image");
  for (const command of commands) {
    assert.deepEqual(valuesOf("-f", command), [DOCKERFILE]);
    for (const [name] of valuesOf("--build-arg", command).map(pairOf)) {
      assert.match(dockerfile, new RegExp(`^ARG ${name}\\b`, "m"));
    }
    for (const secret of valuesOf("--secret", command)) {
      assert.ok(dockerfile.includes(`type=secret,${secret.split(",")[0]},`), secret);
    }
  }
}

/** What `docker run` of the guide starts, with the files that the guide makes. */
async function soloContainer(
  scratch: string,
  env: Readonly<Record<string, string>>,
): Promise<ContainerPlan> {
  const [command, ...others] = commandsThatBegin("docker", "run");
  assert.ok(command !== undefined && others.length === 0, "the guide runs one container");
  for (const flag of ["--read-only", "--cap-drop", "--security-opt"]) {
    assert.ok(command.includes(flag), `docker run has ${flag}`);
  }
  assert.deepEqual(valuesOf("-p", command), ["127.0.0.1:8000:8000"]);
  await writeFile(join(scratch, "solo.yaml"), blockThatBegins("yaml", "environment: production"));
  await writeFile(join(scratch, "hello.yaml"), HELLO);
  await promisify(execFile)("sh", ["-euc", blockThatBegins("sh", RUN_AS_THEY_ARE.soloKey)], {
    cwd: scratch,
  });
  const hello = `${scratch}/hello.yaml:/run/hello.yaml:ro`;
  const volumes = valuesOf("-v", command).map((value) => value.replace("$PWD", scratch));
  return {
    name: valuesOf("--name", command)[0] ?? "",
    service: "orchestrator",
    kind: "image",
    command: ["serve"],
    env: { ...env, ...Object.fromEntries(valuesOf("-e", command).map(pairOf)) },
    healthcheck: ["orchestrator", "health"],
    mounts: [
      ...valuesOf("--tmpfs", command).map(tmpfsOf),
      ...(await Promise.all([...volumes, hello].map((value) => bindOf(value, scratch)))),
    ],
  };
}

const HELLO = `id: hello
name: Hello
steps:
  - { id: greet, action: echo, parameters: { message: "from a container" } }
outputs:
  said: "{{ greet.result }}"
`;

const RUN = ["run", "/run/hello.yaml", "--url", "http://127.0.0.1:8000"];

type Check = { readonly command: readonly string[]; readonly check: (answer: Answer) => void };

/** What is asked within, and what is right. */
const CHECKS: readonly Check[] = [
  { command: ["id", "-u"], check: ({ stdout }) => assert.equal(stdout, `${USER}\n`) },
  { command: ["cat", "/proc/1/comm"], check: ({ stdout }) => assert.equal(stdout, "tini\n") },
  {
    command: ["sh", "-c", 'for each; do touch "$each/new" 2>&1; done', "sh", ...NOT_WRITABLE],
    check: ({ stdout }) => {
      const refusals = stdout.split("\n").filter((line) => line.endsWith("Read-only file system"));
      assert.equal(refusals.length, NOT_WRITABLE.length, stdout);
    },
  },
  {
    command: ["sh", "-c", 'for each; do touch "$each/new" || exit 1; done', "sh", ...WRITABLE],
    check: ({ code, stderr }) => assert.equal(code, 0, stderr),
  },
  {
    command: ["orchestrator", ...RUN, "--api-key-file", "/run/secrets/api_key"],
    check: ({ code, stdout, stderr }) => {
      assert.equal(code, 0, stderr);
      assert.match(stdout, /from a container/);
    },
  },
  {
    command: ["orchestrator", ...RUN],
    check: ({ code }) => assert.equal(code, 4, "a caller without the key is refused"),
  },
];

/** What `docker exec` of the guide runs. */
function guideChecks(): readonly Check[] {
  const commands = commandsThatBegin("docker", "exec", "orchestrator");
  assert.ok(commands.length > 0, "the guide runs a command in the container");
  return commands.map(([, , , ...command]) => ({
    command,
    check: ({ code, stderr }) => assert.equal(code, 0, `${command.join(" ")}: ${stderr}`),
  }));
}
