import { chown, mkdir } from "node:fs/promises";
import { join } from "node:path";

import type { Mount } from "./engine/plan.ts";

const USER = 10_001;

/** `/tmp:size=1m,mode=1777`, as `--tmpfs` and compose have it. */
export function tmpfsOf(value: string): Mount {
  const [target = "", options = "mode=1777"] = value.split(":");
  return { kind: "tmpfs", target, options };
}

/** `source:target:ro`. A name instead of a path is a volume: a folder below `scratch`, owned as the image has its place. */
export async function bindOf(value: string, scratch: string): Promise<Mount> {
  const [named = "", target = "", mode = "rw"] = value.split(":");
  const isVolume = !named.startsWith("/");
  const source = isVolume ? join(scratch, "volumes", named) : named;
  if (isVolume) {
    await mkdir(source, { recursive: true });
    await chown(source, USER, USER);
  }
  return { kind: "bind", source, target, readOnly: mode === "ro" };
}

/** `NAME=value`. */
export function pairOf(variable: string): readonly [string, string] {
  const at = variable.indexOf("=");
  return [variable.slice(0, at), variable.slice(at + 1)];
}
