import { access, realpath } from "node:fs/promises";
import { relative } from "node:path";

import { isWithin, realPath } from "./real-path.ts";

/**
 * What a path is resolved for. `list` and `read` fall back to the bundle; `entry` means a name itself, to be moved or
 * deleted, and not what a link leads to.
 */
export type PathUse = "read" | "write" | "list" | "entry";

/** A path that tools may use: real, below `root`, which is the workspace, a configured root, or the bundle. */
export type WorkspacePath = {
  readonly kind: "path";
  readonly root: string;
  readonly absolute: string;
  /** Relative to the workspace, or to the bundle it was found in; absolute in a configured root. */
  readonly relative: string;
};

/** What becomes of a path. */
export type Resolved = WorkspacePath | { readonly kind: "denied"; readonly message: string };

/** The files that a run may use (L168). */
export interface Workspace {
  /** Real path of the workspace itself. */
  readonly root: string;
  resolve(path: string, use: PathUse): Promise<Resolved>;
  /** Whether tools may see what has this real path. */
  isOpen(absolute: string): boolean;
  /** Whether something that is closed to tools lies in or below this directory. */
  holdsClosed(absolute: string): boolean;
}

/** What a workspace consists of. */
export type WorkspaceOptions = {
  readonly root: string;
  /** Directory of the document, read-only. */
  readonly bundle?: string;
  /** Never part of the workspace, such as the mesh's own store. */
  readonly deniedPaths?: readonly string[];
  /** Further directories that the deployment opens to tools. */
  readonly extraRoots?: readonly string[];
};

/** Opens a directory as a run's workspace; directories named must exist, except denied ones. */
export async function openWorkspace({
  root,
  bundle,
  deniedPaths = [],
  extraRoots = [],
}: WorkspaceOptions): Promise<Workspace> {
  const own = await realpath(root);
  const others = await Promise.all(extraRoots.map((each) => realpath(each)));
  const documents = bundle === undefined ? undefined : await realpath(bundle);
  const found = await Promise.all(deniedPaths.map((each) => realPath(each, { base: own })));
  const closed = found
    .flatMap((each) => (each.kind === "real" ? [each.absolute] : []))
    // A workspace may itself lie in the store; what lies beside it is outside anyway.
    .filter((each) => !isWithin(own, each) || each === own);

  const rootOf = (absolute: string): string | undefined =>
    [own, ...others].find((each) => isWithin(absolute, each));
  const isOpen = (absolute: string): boolean =>
    (rootOf(absolute) !== undefined ||
      (documents !== undefined && isWithin(absolute, documents))) &&
    !closed.some((each) => isWithin(absolute, each));

  async function resolve(path: string, use: PathUse): Promise<Resolved> {
    if (path.includes("\0")) {
      return { kind: "denied", message: "Path holds a zero character" };
    }
    const found = await inRoots(path, use);
    const mayFallBack = documents !== undefined && (use === "read" || use === "list");
    if (!mayFallBack || path.startsWith("/")) {
      return found;
    }
    const isFound = found.kind === "path" && (await isThere(found.absolute));
    return isFound ? found : ((await inBundle(path, documents)) ?? found);
  }

  async function inRoots(path: string, use: PathUse): Promise<Resolved> {
    const real = await realPath(path, { base: own, keepsLast: use === "entry" });
    if (real.kind === "loop") {
      return { kind: "denied", message: `Path leads round in links: ${path}` };
    }
    const { absolute } = real;
    const place = rootOf(absolute);
    if (place === undefined || !isOpen(absolute)) {
      return { kind: "denied", message: `Path is outside the workspace: ${path}` };
    }
    const shown = place === own ? relative(own, absolute) : absolute;
    return { kind: "path", root: place, absolute, relative: shown === "" ? "." : shown };
  }

  return {
    root: own,
    resolve,
    isOpen,
    holdsClosed: (absolute) => closed.some((each) => isWithin(each, absolute)),
  };
}

async function inBundle(path: string, documents: string): Promise<WorkspacePath | undefined> {
  const real = await realPath(path, { base: documents });
  if (
    real.kind === "loop" ||
    !isWithin(real.absolute, documents) ||
    !(await isThere(real.absolute))
  ) {
    return undefined;
  }
  const { absolute } = real;
  return {
    kind: "path",
    root: documents,
    absolute,
    relative: relative(documents, absolute) || ".",
  };
}

async function isThere(absolute: string): Promise<boolean> {
  return access(absolute).then(
    () => true,
    () => false,
  );
}
