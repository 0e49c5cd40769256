import type { RE2JS } from "re2js";

import type { Budget } from "../budget.ts";
import { failed, overLimit } from "../failure.ts";
import { compilePattern, patternProblem } from "./compile.ts";

/** A place where a pattern matched. */
export type Match = {
  readonly start: number;
  readonly end: number;
  /** Group 0 is all of it; null for a group that took no part. */
  readonly groups: readonly (string | null)[];
  readonly names: Readonly<Record<string, number>>;
};

/** Characters times instructions of one search: linear time alone does not make a large pattern on a large text quick. */
const MAX_WORK = 10_000_000;

/** The matches of a pattern in a text, one after another; each is bounded in time (L67). */
export function* matchesOf(pattern: string, text: string, budget: Budget): Generator<Match> {
  const compiled = usable(pattern);
  const size = compiled.programSize();
  if (text.length * size > MAX_WORK) {
    throw overLimit("a pattern and a text that are too large together");
  }
  const matcher = compiled.matcher(text);
  const names = compiled.namedGroups();
  let from = 0;
  while (budget.match((text.length - from) * size, () => matcher.find())) {
    from = matcher.end();
    const groups = Array.from({ length: matcher.groupCount() + 1 }, (_, i) => matcher.group(i));
    yield { start: matcher.start(), end: from, groups, names };
  }
}

function usable(pattern: string): RE2JS {
  const problem = patternProblem(pattern);
  if (problem === null) return compilePattern(pattern);
  throw problem.code === "limit" ? overLimit(problem.message) : failed(problem.message);
}

/** A replacement as Python writes it: `\1`, `\g<1>`, `\g<name>` are groups (L67). */
export function expanded(
  replacement: string,
  { groups, names }: Match,
  grow: (characters: number) => void,
): string {
  grow(replacement.length);
  return replacement.replaceAll(
    /\\(?:g<(\w+)>|([1-9]\d?)|([\\ntr]))/g,
    (written: string, named?: string, numbered?: string, escape?: string) => {
      if (escape !== undefined) return ESCAPES[escape] ?? written;
      const name = named ?? numbered ?? "";
      const index = /^\d+$/.test(name)
        ? Number(name)
        : Object.hasOwn(names, name)
          ? names[name]
          : undefined;
      const group = index === undefined ? undefined : groups[index];
      if (group === undefined) throw failed(`the pattern has no group "${name}"`);
      grow(group?.length ?? 0);
      return group ?? "";
    },
  );
}

const ESCAPES: Readonly<Record<string, string>> = { "\\": "\\", n: "\n", t: "\t", r: "\r" };
