import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { codeBlocks } from "./compose/code-blocks.ts";
import { builtImage, DOCKERFILE } from "./image/built-image.ts";
import { checkConfig, checkContents } from "./image/contents.ts";
import { runPlan } from "./image/engine.ts";
import type { Answer, ContainerPlan } from "./image/engine/plan.ts";
import { mountImage } from "./image/mounted-image.ts";
import type { Verification } from "./verification.ts";

/** The image: built, looked over, and run as an engine would run it. */
export const IMAGE: Verification = {
  artefact: DOCKERFILE,
  packages: ["buildah", "debootstrap", "iproute2", "openssl"],
  verify,
};

const GUIDE = "docs/how-to/deploy-docker.md";
const USER = 10_001;
const NOT_WRITABLE = ["/", "/app", "/app/config", "/etc", "/run", "/usr/local/bin", "/var/lib"];
const WRITABLE = ["/tmp", "/app/data", "/var/log/orchestrator"];

async function verify(): Promise<string> {
  const image = await builtImage();
  await using mounted = await mountImage(image.name);
  const { rootfs, config, bytes } = mounted;
  checkConfig(config, image);
  const packages = checkContents(rootfs);
  const scratch = await mkdtemp(join(tmpdir(), "image-"));
  try {
    const solo = await soloContainer(scratch, Object.fromEntries(config.Env.map(pairOf)));
    const questions = CHECKS.map(({ command }) => ({ container: solo.name, command }));
    const outcome = await runPlan({ rootfs, scratch, containers: [solo], questions });
    for (const [index, answer] of outcome.answers.entries()) CHECKS[index]?.check(answer);
    assert.equal(outcome.ends["orchestrator"]?.code, 0, "it ends with 0 after SIGTERM");
    const time =
      image.buildMs === undefined
        ? "built before from the same sources"
        : `built in ${(image.buildMs / 1_000).toFixed(0)} s`;
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

/** `docker run` of the guide, with the files that the guide makes. */
async function soloContainer(
  scratch: string,
  env: Readonly<Record<string, string>>,
): Promise<ContainerPlan> {
  const settings = codeBlocks(GUIDE).find(({ language }) => language === "yaml")?.text;
  assert.ok(settings !== undefined, `${GUIDE} has no settings for one container`);
  const place = (name: string) => join(scratch, name);
  await writeFile(place("solo.yaml"), settings);
  await writeFile(place("api_key"), "a-key-of-the-test");
  await writeFile(place("hello.yaml"), HELLO);
  await mkdir(place("data"));
  await chmod(place("data"), 0o777);
  const bind = (source: string, target: string, readOnly = true) =>
    ({ kind: "bind", source: place(source), target, readOnly }) as const;
  return {
    name: "orchestrator",
    service: "orchestrator",
    kind: "image",
    command: ["serve"],
    env: { ...env, ORCHESTRATOR_API_KEY_FILE: "/run/secrets/api_key" },
    healthcheck: ["orchestrator", "health"],
    mounts: [
      { kind: "tmpfs", target: "/tmp", options: "mode=1777" },
      { kind: "tmpfs", target: "/var/log/orchestrator", options: `uid=${USER},gid=${USER}` },
      bind("data", "/app/data", false),
      bind("solo.yaml", "/app/config/production.yaml"),
      bind("api_key", "/run/secrets/api_key"),
      bind("hello.yaml", "/run/hello.yaml"),
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

/** What is asked within, and what is right. */
const CHECKS: readonly { command: readonly string[]; check: (answer: Answer) => void }[] = [
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

function pairOf(variable: string): readonly [string, string] {
  const at = variable.indexOf("=");
  return [variable.slice(0, at), variable.slice(at + 1)];
}
