import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { BASE_IMAGE, makeBaseImage } from "./base-image.ts";
import { buildah, hasImage } from "./buildah.ts";

export const DOCKERFILE = "deploy/docker/Dockerfile";
const IGNORES = `${DOCKERFILE}.dockerignore`;
const NAME = "localhost/orchestrator";

/** The image of these sources. */
export type BuiltImage = {
  readonly name: string;
  /** How long the build took; undefined when it was there before. */
  readonly buildMs: number | undefined;
  /** What the build was told, as labels of the image show it. */
  readonly version: string;
  readonly revision: string;
};

let built: Promise<BuiltImage> | undefined;

/** Build the image from the checkout, once for each content of what it is made from. */
export function builtImage(): Promise<BuiltImage> {
  built ??= build();
  return built;
}

async function build(): Promise<BuiltImage> {
  await makeBaseImage();
  const { version }: { version: string } = JSON.parse(readFileSync("package.json", "utf8"));
  const revision = await contentOfContext();
  const name = `${NAME}:${revision}`;
  const facts = { name, version, revision };
  if (await hasImage(name)) {
    return { ...facts, buildMs: undefined };
  }
  const startedAt = performance.now();
  await using secrets = await buildSecrets();
  const args = Object.entries({
    BASE_IMAGE,
    VERSION: version,
    REVISION: revision,
    CREATED: new Date().toISOString(),
  }).flatMap(([key, value]) => ["--build-arg", `${key}=${value}`]);
  const how = ["--isolation", "chroot", "--format", "docker", "--pull=never"];
  const context = ["-f", DOCKERFILE, "--ignorefile", IGNORES, "-t", name, "."];
  await buildah("bud", ...how, ...args, ...secrets.flags, ...context);
  await removeOthers(name);
  return { ...facts, buildMs: performance.now() - startedAt };
}

/** A short name for the content of all files that the build is given. */
async function contentOfContext(): Promise<string> {
  const given = readFileSync(IGNORES, "utf8")
    .split("\n")
    .flatMap((line) => (line.startsWith("!") ? [line.slice(1)] : []));
  const listing = ["ls-files", "-co", "--exclude-standard", "-z", "--", ...given, "deploy/docker"];
  const { stdout } = await promisify(execFile)("git", listing, { maxBuffer: 1 << 24 });
  const hash = createHash("sha256").update(BASE_IMAGE);
  for (const file of stdout.split("\0").toSorted()) {
    if (file !== "" && existsSync(file)) {
      hash.update(`\n${file}\n`).update(readFileSync(file));
    }
  }
  return hash.digest("hex").slice(0, 16);
}

/** Images of other contents. One more of them is no reason to fail. */
async function removeOthers(name: string): Promise<void> {
  const images: readonly { readonly names: readonly string[] | null }[] = JSON.parse(
    await buildah("images", "--json"),
  );
  const old = images
    .flatMap(({ names }) => names ?? [])
    .filter((other) => other.startsWith(`${NAME}:`) && other !== name);
  for (const other of old) {
    await buildah("rmi", "-f", other);
  }
}

/** This machine's settings of npm and its certificates, which the build mounts and does not keep. */
async function buildSecrets(): Promise<AsyncDisposable & { readonly flags: readonly string[] }> {
  const folder = await mkdtemp(join(tmpdir(), "build-secrets-"));
  const npmrc = join(folder, "npmrc");
  const { stdout: global } = await promisify(execFile)("npm", ["config", "get", "globalconfig"]);
  const settings = [global.trim(), join(homedir(), ".npmrc")]
    .filter((file) => existsSync(file))
    .map((file) => readFileSync(file, "utf8"));
  await writeFile(npmrc, settings.join("\n"), { mode: 0o600 });
  const { stdout: ca } = await promisify(execFile)("npm", ["config", "get", "cafile"]);
  const certificates = ["", "null"].includes(ca.trim()) ? [] : [`id=ca,src=${ca.trim()}`];
  return {
    flags: [`id=npmrc,src=${npmrc}`, ...certificates].flatMap((each) => ["--secret", each]),
    async [Symbol.asyncDispose]() {
      await rm(folder, { recursive: true, force: true });
    },
  };
}
