import { createHash } from "node:crypto";

import type { BundledFile } from "../compile.ts";
import { LANGUAGE } from "./make-plan.ts";

/** SHA-256 over text, bundled files and language version (L18): each part after its length, files by path. */
export function documentHash(text: string, bundle: readonly BundledFile[]): string {
  const hash = createHash("sha256");
  const add = (part: string | Uint8Array): void => {
    const bytes = typeof part === "string" ? Buffer.from(part, "utf8") : part;
    hash.update(`${bytes.byteLength}:`).update(bytes);
  };
  add(LANGUAGE);
  add(text);
  for (const { path, content } of bundle.toSorted((a, b) => (a.path < b.path ? -1 : 1))) {
    add(path);
    add(content);
  }
  return hash.digest("hex");
}
