import { existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";

import { MISSING, textOf, type Value } from "@orchestrator/template";

import type { WorkspaceRoots } from "./workspaces.ts";

/** A template looked at a path outside the workspace (L168). */
export class FileDeniedError extends Error {
  override readonly name = "FileDeniedError";
}

/** Bytes of a file that a template may include; a larger one is not there for it. */
const MAX_INCLUDED_BYTES = 10 * 1024 * 1024;

/** The globals of templates that look at files (L74), within the run's workspace. Rendering is synchronous, and so are they. */
export function fileGlobals(
  roots: WorkspaceRoots | undefined,
): (name: string, args: readonly Value[]) => Value {
  return (name, args) => {
    const [path = "", base = ""] = args.map((value) => textOf(value));
    const found = roots === undefined ? undefined : locate(join(base, path), roots);
    switch (name) {
      case "file_exists":
        return found !== undefined;
      case "include_file":
        return found === undefined || !isText(found) ? MISSING : readFileSync(found, "utf8");
      default:
        return MISSING;
    }
  };
}

/** Real path of what is there; in the workspace, else in the document's bundle. */
function locate(path: string, { root, bundle, denied }: WorkspaceRoots): string | undefined {
  const own = inside(root, path);
  const isDenied = own.kind === "there" && denied.some((each) => isWithin(own.real, each));
  if (own.kind === "outside" || isDenied) {
    throw new FileDeniedError(`Path is outside the workspace: ${path}`);
  }
  if (own.kind === "there") {
    return own.real;
  }
  const bundled = bundle === undefined || isAbsolute(path) ? own : inside(bundle, path);
  return bundled.kind === "there" ? bundled.real : undefined;
}

type Found =
  | { readonly kind: "there"; readonly real: string }
  | { readonly kind: "missing" | "outside" };

function inside(root: string, path: string): Found {
  const own = realpathSync(root);
  const wanted = resolve(own, path);
  if (!existsSync(wanted)) {
    return { kind: isWithin(wanted, own) ? "missing" : "outside" };
  }
  const real = realpathSync(wanted);
  return isWithin(real, own) && isWithin(realpathSync(dirname(wanted)), own)
    ? { kind: "there", real }
    : { kind: "outside" };
}

function isWithin(path: string, root: string): boolean {
  const way = relative(root, path);
  return way === "" || (way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}

function isText(path: string): boolean {
  const facts = statSync(path);
  return facts.isFile() && facts.size <= MAX_INCLUDED_BYTES;
}
