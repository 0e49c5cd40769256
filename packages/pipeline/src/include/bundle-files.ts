import type { BundledFile } from "../compile.ts";
import { type IncludedFile, type IncludeFiles, includePlaces } from "./include-files.ts";
import { utf8Text } from "./utf8-text.ts";

/** The files that came with a document: nothing else is there for it (L167). */
export function bundleFiles(bundle: readonly BundledFile[]): IncludeFiles {
  const contents = new Map(bundle.map(({ path, content }) => [path, content] as const));
  const read = new Map<string, IncludedFile>();
  return {
    find(path) {
      const places = includePlaces(path);
      const place = places.find((each) => contents.has(each));
      const content = place === undefined ? undefined : contents.get(place);
      if (place === undefined || content === undefined) {
        return { kind: places.length === 0 ? "denied" : "missing" };
      }
      const known = read.get(place) ?? fileFrom(place, content);
      read.set(place, known);
      return known;
    },
  };
}

function fileFrom(path: string, content: Uint8Array): IncludedFile {
  const text = utf8Text(content);
  return text === undefined
    ? { kind: "not_text" }
    : { kind: "found", path, text, bytes: content.byteLength };
}
