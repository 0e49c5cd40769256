import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readFileSync,
  realpathSync,
  type Stats,
} from "node:fs";
import { join, relative, sep } from "node:path";

import {
  type BundledFile,
  type IncludedFile,
  type IncludeFiles,
  includePlaces,
  LIMITS,
  utf8Text,
} from "@orchestrator/pipeline";

/** The directory of a document, as far as its included files need it (L167); what was found is kept, to be sent along. */
export class DocumentFolder implements IncludeFiles {
  readonly #folder: string;
  readonly #seen = new Map<string, Looked>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** What the document includes, by the places at which it was found. */
  get bundle(): readonly BundledFile[] {
    return [...this.#seen].flatMap(([path, { content }]) =>
      content === undefined ? [] : [{ path, content }],
    );
  }

  find(path: string): IncludedFile {
    const places = includePlaces(path);
    for (const place of places) {
      const { file } = this.#look(place);
      if (file.kind !== "missing") {
        return file;
      }
    }
    return { kind: places.length === 0 ? "denied" : "missing" };
  }

  #look(place: string): Looked {
    const looked = this.#seen.get(place) ?? lookAt(this.#folder, place);
    this.#seen.set(place, looked);
    return looked;
  }
}

/** `content` is there for a file that was found. */
type Looked = { readonly file: IncludedFile; readonly content?: Uint8Array };

/** Links are followed first, and only then is the file opened: what a link is put in its place meanwhile is not followed. */
function lookAt(folder: string, place: string): Looked {
  const real = realPathOf(join(folder, place));
  if (real === undefined) {
    return { file: { kind: "missing" } };
  }
  if (!isWithin(real, realpathSync(folder))) {
    return { file: { kind: "denied" } };
  }
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  let open: number;
  try {
    // Nobody may be kept waiting by a pipe that has no writer.
    open = openSync(real, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch {
    return { file: { kind: "missing" } };
  }
  try {
    return readOpen(open, { place, facts: fstatSync(open) });
  } finally {
    closeSync(open);
  }
}

function readOpen(open: number, { place, facts }: { place: string; facts: Stats }): Looked {
  if (!facts.isFile()) {
    return { file: { kind: "missing" } };
  }
  if (facts.size > LIMITS.bundleBytes) {
    return { file: { kind: "too_large" } };
  }
  const content = readFileSync(open);
  const text = utf8Text(content);
  return text === undefined
    ? { file: { kind: "not_text" } }
    : { file: { kind: "found", path: place, text, bytes: content.byteLength }, content };
}

/** Where a path leads; nowhere when something of it is not there, or leads in a circle. */
function realPathOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== ".." && !way.startsWith(`..${sep}`);
}
