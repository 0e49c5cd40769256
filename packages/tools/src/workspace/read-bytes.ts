import { TOOL_LIMITS } from "../limits.ts";
import { openFile } from "./stored-file.ts";
import type { WorkspacePath } from "./workspace.ts";

/** What a file holds, or that it is more than may be read. */
export type FileBytes =
  | { readonly kind: "bytes"; readonly content: Buffer }
  | { readonly kind: "too_large"; readonly maxBytes: number };

/** Reads a whole file within the bound of L218. */
export async function readBytes(
  path: WorkspacePath,
  { signal }: { readonly signal: AbortSignal },
): Promise<FileBytes> {
  await using file = await openFile(path);
  const facts = await file.stat();
  if (!facts.isFile()) {
    throw Object.assign(new Error("not a file"), {
      code: facts.isDirectory() ? "EISDIR" : "ENXIO",
    });
  }
  const tooLarge = { kind: "too_large", maxBytes: TOOL_LIMITS.fileBytes } as const;
  if (facts.size > TOOL_LIMITS.fileBytes) {
    return tooLarge;
  }
  const content = await file.readFile({ signal });
  // It may have grown meanwhile.
  return content.length > TOOL_LIMITS.fileBytes ? tooLarge : { kind: "bytes", content };
}
