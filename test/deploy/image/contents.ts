import assert from "node:assert/strict";
import { existsSync, lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { BASE_IMAGE } from "./base-image.ts";
import type { BuiltImage } from "./built-image.ts";
import type { ImageConfig } from "./mounted-image.ts";

const USER = 10_001;
const OPERATORS_PORTS = [8000, 7001, 7002, 7003, 9100, 9101, 9102, 9103];
const WRITABLE = ["app/data", "var/log/orchestrator"];
/** Of builds, of tests, and of whoever built it. */
const ABSENT = [
  "app/.npmrc",
  "app/.git",
  "app/deploy",
  "app/packages/service/src",
  "app/node_modules/typescript",
  "app/node_modules/tsx",
  "app/node_modules/esbuild",
  "app/node_modules/@orchestrator/scripted-models",
  "root/.npmrc",
  "run/secrets",
  "usr/local/bin/npm",
  "usr/local/lib/node_modules",
  "var/lib/apt/lists/partial",
];

/** Whether an engine would run it as it is meant. */
export function checkConfig(config: ImageConfig, { version, revision }: BuiltImage): void {
  assert.equal(config.User, `${USER}:${USER}`);
  assert.deepEqual(config.Entrypoint, ["tini", "--", "orchestrator"]);
  assert.deepEqual(config.Cmd, ["serve"]);
  assert.deepEqual(config.Healthcheck?.Test, ["CMD", "orchestrator", "health"]);
  assert.deepEqual(
    Object.keys(config.ExposedPorts).toSorted(),
    OPERATORS_PORTS.map((port) => `${port}/tcp`).toSorted(),
  );
  const { Labels: labels } = config;
  const label = (name: string) => labels[`org.opencontainers.image.${name}`];
  assert.equal(label("title"), "Orchestrator");
  assert.equal(label("licenses"), "MIT");
  assert.equal(label("version"), version);
  assert.equal(label("revision"), revision);
  assert.equal(label("base.name"), BASE_IMAGE);
  assert.ok(Number.isFinite(Date.parse(label("created") ?? "")), "created is a time");
}

/** Whether what runs is in it and nothing else; answers with the number of packages in its bill of materials. */
export function checkContents(rootfs: string): number {
  for (const path of ABSENT) {
    assert.equal(existsSync(join(rootfs, path)), false, `/${path} has no place in the image`);
  }
  const writable = pathsOf(rootfs, "app").filter((path) => isWritable(join(rootfs, path)));
  assert.deepEqual(writable, ["app/data"]);
  for (const path of WRITABLE) {
    const { uid, gid } = lstatSync(join(rootfs, path));
    assert.deepEqual([uid, gid], [USER, USER], `/${path} belongs to ${USER}`);
  }
  return checkBill(rootfs);
}

/** Everything below a folder that is not a link. */
function pathsOf(rootfs: string, folder: string): string[] {
  return readdirSync(join(rootfs, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isSymbolicLink()
      ? []
      : entry.isDirectory() && !WRITABLE.includes(path)
        ? [path].concat(pathsOf(rootfs, path))
        : [path];
  });
}

function isWritable(path: string): boolean {
  const { uid, gid, mode } = lstatSync(path);
  return uid === USER || gid === USER || (mode & 0o002) !== 0;
}

/** Every package that is installed stands in the bill, with its version. */
function checkBill(rootfs: string): number {
  const bill: {
    bomFormat: string;
    components: readonly { name: string; version: string }[];
  } = JSON.parse(readFileSync(join(rootfs, "app/sbom.cdx.json"), "utf8"));
  assert.equal(bill.bomFormat, "CycloneDX");
  const listed = new Set(bill.components.map(({ name, version }) => `${name}@${version}`));
  const installed = packagesOf(join(rootfs, "app/node_modules"));
  assert.ok(installed.length > 50, `only ${installed.length} packages are installed`);
  assert.deepEqual(
    installed.filter((each) => !listed.has(each)),
    [],
    "these are installed and not in the bill of materials",
  );
  return installed.length;
}

function packagesOf(modules: string): string[] {
  return readdirSync(modules, { withFileTypes: true }).flatMap((entry) => {
    const path = join(modules, entry.name);
    if (!entry.isDirectory() || entry.name.startsWith(".")) return [];
    if (entry.name.startsWith("@")) return packagesOf(path);
    const nested = join(path, "node_modules");
    const { name, version }: { name: string; version: string } = JSON.parse(
      readFileSync(join(path, "package.json"), "utf8"),
    );
    return [`${name}@${version}`].concat(existsSync(nested) ? packagesOf(nested) : []);
  });
}
