import { readFileSync } from "node:fs";

/** The version of this installation: that of the root's package.json. */
export function version(): string {
  const manifest: { version: string } = JSON.parse(
    readFileSync(new URL("../../../package.json", import.meta.url), "utf8"),
  );
  return manifest.version;
}
