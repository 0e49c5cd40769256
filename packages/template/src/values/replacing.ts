import type { Budget } from "../budget.ts";
import { charactersOf } from "./characters.ts";

/** Replaces a part by another, at most `count` times when that is not negative; Python's rules for an empty part. */
export function replaced(
  text: string,
  { old, by, count, budget }: { old: string; by: string; count: number; budget: Budget },
): string {
  const pieces = old === "" ? ["", ...charactersOf(text), ""] : text.split(old);
  const times = count < 0 ? pieces.length - 1 : Math.min(count, pieces.length - 1);
  budget.text(text.length + times * by.length);
  const changed = pieces.slice(0, times + 1).join(by);
  const kept = pieces.slice(times + 1);
  return kept.length === 0 ? changed : [changed, ...kept].join(old);
}
