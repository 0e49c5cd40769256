import { posix } from "node:path";

/** What looking for an included file came to (L167). */
export type IncludedFile =
  /** `path` is where it was found, from the document's directory; it says which file this is. */
  | {
      readonly kind: "found";
      readonly path: string;
      readonly text: string;
      /** Its size as it is stored. */
      readonly bytes: number;
    }
  | { readonly kind: "missing" }
  | { readonly kind: "not_text" }
  | { readonly kind: "too_large" }
  /** It lies outside of every directory that may be read. */
  | { readonly kind: "denied" };

/** Where the compiler gets included files from: what came with the document, or the document's directory. */
export interface IncludeFiles {
  find(path: string): IncludedFile;
}

/** Directories under the document's own in which a path is looked up too (L167). */
const FOLDERS: readonly string[] = ["prompts", "templates", "includes", "content"];

/**
 * The places of an included path, from the document's directory, in the order in which they are looked up (L167); none
 * when the path leads out of it however it is read.
 */
export function includePlaces(path: string): readonly string[] {
  if (path === "" || posix.isAbsolute(path) || path.includes("\0")) {
    return [];
  }
  const places = ["", ...FOLDERS].map((folder) => posix.normalize(posix.join(folder, path)));
  const inside = places.filter(
    (place) => place !== "." && place !== ".." && !place.startsWith("../") && !place.endsWith("/"),
  );
  return [...new Set(inside)];
}
