import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder that holds `bin/`: the nearest one above this file. */
export function installationFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "bin", "orchestrator")) && dirname(folder) !== folder) {
    folder = dirname(folder);
  }
  return folder;
}

/** The version of what is installed. */
export function installedVersion(): string {
  const manifest: unknown = JSON.parse(
    readFileSync(join(installationFolder(), "package.json"), "utf8"),
  );
  return typeof manifest === "object" && manifest !== null && "version" in manifest
    ? String(manifest.version)
    : "0.0.0";
}
