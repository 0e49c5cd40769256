import { LIMITS } from "../limits.ts";
import type { IncludeFiles } from "./include-files.ts";
import { includeTags } from "./tags.ts";

/** Why a tag's file cannot be put in its place (L167). */
export type InclusionProblem = {
  readonly code: "include_not_found" | "include_denied" | "include_limit";
  readonly message: string;
};

/** A text whose tags were replaced, and what was wrong with some of them. */
export type Inclusion = {
  readonly text: string;
  /** What each part of `text` stood as, in order; nothing where no tag stood. */
  readonly parts: readonly IncludedPart[];
  /** Each at the tag of the text itself under which it came up. */
  readonly problems: readonly { readonly at: number; readonly problem: InclusionProblem }[];
};

/** A part of an expanded text: `from` counts in it, `at` in what was written; an included part lies at its tag as a whole. */
export type IncludedPart = {
  readonly from: number;
  readonly at: number;
  readonly included: boolean;
};

/** Puts included files into the texts of one document; what they come to in all is bounded (L218). */
export class Inclusions {
  readonly #files: IncludeFiles;
  #bytesLeft: number = LIMITS.bundleBytes;

  constructor(files: IncludeFiles) {
    this.#files = files;
  }

  /** Replaces the tags of a text by the text of their files, whose own tags are replaced first (L166). */
  expand(text: string): Inclusion {
    const pieces: string[] = [];
    const parts: IncludedPart[] = [];
    const problems: Inclusion["problems"][number][] = [];
    let length = 0;
    const add = (piece: string, at: number, { included }: { included: boolean }): void => {
      if (piece !== "") {
        pieces.push(piece);
        parts.push({ from: length, at, included });
        length += piece.length;
      }
    };
    let copied = 0;
    for (const { path, start, end } of includeTags(text)) {
      add(text.slice(copied, start), copied, { included: false });
      const own: InclusionProblem[] = [];
      add(this.#textOf(path, { chain: [], problems: own }), start, { included: true });
      problems.push(...own.map((problem) => ({ at: start, problem })));
      copied = end;
    }
    add(text.slice(copied), copied, { included: false });
    return { text: pieces.join(""), parts, problems };
  }

  #textOf(path: string, { chain, problems }: Reading): string {
    const file = this.#files.find(path);
    if (file.kind !== "found") {
      problems.push(problemOf(path, file.kind));
      return "";
    }
    const way = [...chain, file.path];
    const problem = this.#limitOf(path, { chain, file });
    if (problem !== undefined) {
      problems.push(problem);
      return "";
    }
    let copied = 0;
    const pieces: string[] = [];
    for (const tag of includeTags(file.text)) {
      pieces.push(
        file.text.slice(copied, tag.start),
        this.#textOf(tag.path, { chain: way, problems }),
      );
      copied = tag.end;
      if (problems.length > 0) {
        return ""; // One cause gives one finding, and a document that is refused needs no text.
      }
    }
    pieces.push(file.text.slice(copied));
    return pieces.join("");
  }

  #limitOf(
    path: string,
    { chain, file }: { chain: readonly string[]; file: { path: string; bytes: number } },
  ): InclusionProblem | undefined {
    if (chain.includes(file.path)) {
      const round = [...chain.slice(chain.indexOf(file.path)), file.path].join(" → ");
      return { code: "include_limit", message: `${path} includes itself: ${round}` };
    }
    if (chain.length >= LIMITS.includeDepth) {
      const message = `files include each other more than ${LIMITS.includeDepth} deep at ${path}`;
      return { code: "include_limit", message };
    }
    this.#bytesLeft -= Math.max(file.bytes, MIN_BYTES);
    return this.#bytesLeft < 0 ? tooLarge(path) : undefined;
  }
}

/** What an inclusion counts for at least: files of nothing can be included without end too. */
const MIN_BYTES = 64;

type Reading = { readonly chain: readonly string[]; readonly problems: InclusionProblem[] };

function problemOf(
  path: string,
  kind: "missing" | "not_text" | "too_large" | "denied",
): InclusionProblem {
  switch (kind) {
    case "missing":
      return {
        code: "include_not_found",
        message:
          path === ""
            ? "this tag names no file"
            : `there is no file ${path} with the document, nor under prompts/, templates/, includes/ or content/`,
      };
    case "not_text":
      return { code: "include_not_found", message: `${path} is no text in UTF-8` };
    case "too_large":
      return tooLarge(path);
    case "denied":
      return {
        code: "include_denied",
        message: `${path} lies outside the document's directory, so that it may not be included`,
      };
  }
}

function tooLarge(path: string): InclusionProblem {
  return {
    code: "include_limit",
    message: `included files have at most ${LIMITS.bundleBytes} bytes in all; ${path} is beyond that`,
  };
}
