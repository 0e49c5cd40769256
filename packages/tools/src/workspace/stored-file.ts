import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { basename } from "node:path";

import type { Artifact } from "@orchestrator/pipeline";

import { openParent } from "./anchor.ts";
import { mediaTypeOf } from "./media-type.ts";
import type { WorkspacePath } from "./workspace.ts";

/** Size and SHA-256 of what a file holds. */
export type Digest = { readonly size: number; readonly sha256: string };

/** A file as an artifact (L36). */
export async function artifactOf(
  path: WorkspacePath,
  { signal }: { readonly signal: AbortSignal },
): Promise<Artifact> {
  const handle = await openFile(path);
  try {
    const digest = await digestOf(handle, { signal });
    return { path: path.relative, ...digest, mediaType: mediaTypeOf(path.relative) };
  } finally {
    await handle.close();
  }
}

/** Opens a file for reading; no link is followed, and opening does not wait for a writer of a pipe. */
export async function openFile(path: WorkspacePath): Promise<FileHandle> {
  await using parent = await openParent(path);
  return await open(
    parent.path(basename(path.absolute)),
    constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
  );
}

/** Reads a file to its end, piece by piece. */
export async function digestOf(
  handle: FileHandle,
  { signal }: { readonly signal: AbortSignal },
): Promise<Digest> {
  const hash = createHash("sha256");
  let size = 0;
  const stream = handle.createReadStream({ start: 0, autoClose: false });
  for await (const chunk of stream) {
    signal.throwIfAborted();
    hash.update(chunk);
    size += chunk.length;
  }
  return { size, sha256: hash.digest("hex") };
}
