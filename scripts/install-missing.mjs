// Runs `npm ci` when the installed packages are not those of the lock file. Plain JavaScript: nothing is installed yet when it runs.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";

const STAMP = "node_modules/.orchestrator-lock";
const lock = createHash("sha256").update(readFileSync("package-lock.json")).digest("hex");

if (!existsSync(STAMP) || readFileSync(STAMP, "utf8") !== lock) {
  const { status } = spawnSync("npm", ["ci", "--no-fund", "--no-audit"], {
    stdio: ["ignore", 2, 2],
  });
  if (status !== 0) {
    process.exit(status ?? 1);
  }
  writeFileSync(STAMP, lock);
}
