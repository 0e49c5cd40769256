import { lstat, readlink } from "node:fs/promises";
import { dirname, join, sep } from "node:path";

/** Where a path leads after all links; `loop` when links lead round. What is missing is taken as plain names. */
export type RealPath =
  | { readonly kind: "real"; readonly absolute: string }
  | { readonly kind: "loop" };

const MAX_LINKS = 40;

/**
 * Follows a path as the kernel does, link by link, but goes on where something is missing.
 *
 * `base` is a real path: where a relative path starts, and where an absolute one below it does.
 * With `keepsLast`, the last name is not followed: it is the entry itself that is meant.
 */
export async function realPath(
  path: string,
  { base, keepsLast = false }: { readonly base: string; readonly keepsLast?: boolean },
): Promise<RealPath> {
  let at = path.startsWith(sep) ? sep : base;
  let rest = names(path);
  if (isWithin(path, base)) {
    at = base;
    rest = names(path.slice(base.length));
  }
  for (let links = 0; rest.length > 0;) {
    const [name = "", ...later] = rest;
    rest = later;
    if (name === "..") {
      at = dirname(at);
      continue;
    }
    const next = join(at, name);
    const target = keepsLast && later.length === 0 ? undefined : await linkTarget(next);
    if (target === undefined) {
      at = next;
      continue;
    }
    links += 1;
    if (links > MAX_LINKS) {
      return { kind: "loop" };
    }
    at = target.startsWith(sep) ? sep : at;
    rest = [...names(target), ...later];
  }
  return { kind: "real", absolute: at };
}

/** Whether a path is a directory or lies below it; both absolute. */
export function isWithin(path: string, directory: string): boolean {
  return (
    path === directory || path.startsWith(directory.endsWith(sep) ? directory : directory + sep)
  );
}

function names(path: string): string[] {
  return path.split(sep).filter((name) => name !== "" && name !== ".");
}

async function linkTarget(path: string): Promise<string | undefined> {
  try {
    return (await lstat(path)).isSymbolicLink() ? await readlink(path) : undefined;
  } catch {
    // Missing, or behind what cannot be read: whoever opens it gets the reason.
    return undefined;
  }
}
