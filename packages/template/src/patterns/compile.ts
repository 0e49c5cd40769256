import { RE2JS } from "re2js";

import { SOURCE_LIMITS } from "../limits.ts";
import type { ProblemCode } from "../problem.ts";

const KEPT = 256;
const kept = new Map<string, RE2JS>();

/** A compiled pattern; the ones used last are kept. Throws what RE2 says about an invalid one. */
export function compilePattern(pattern: string): RE2JS {
  const known = kept.get(pattern);
  if (known !== undefined) return known;
  const compiled = RE2JS.compile(translated(pattern));
  if (kept.size >= KEPT) kept.clear();
  kept.set(pattern, compiled);
  return compiled;
}

/** Why a pattern cannot be used; null when it can (L67). */
export function patternProblem(pattern: string): { code: ProblemCode; message: string } | null {
  if (pattern.length > SOURCE_LIMITS.patternCharacters) {
    const message = `a pattern has at most ${SOURCE_LIMITS.patternCharacters} characters`;
    return { code: "limit", message };
  }
  try {
    compilePattern(pattern);
    return null;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return {
      code: "regex_unsupported",
      message: `${reason} (patterns are RE2: no look-around, no back-references)`,
    };
  }
}

/** `\Z` is RE2's `\z`; a backspace is what a template's `'\b'` reads as, and never meant. */
function translated(pattern: string): string {
  return pattern
    .replaceAll("\b", "\\b")
    .replaceAll(/\\[^]/g, (escape) => (escape === "\\Z" ? "\\z" : escape));
}
