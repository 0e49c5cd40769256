import { DateTime } from "./date-time.ts";
import { isList, isUndefined, isView } from "./kinds.ts";
import type { Value } from "./value.ts";

/** Whether a value counts as true (L5). */
export function isTrue(value: Value): boolean {
  if (typeof value === "boolean") return value;
  if (typeof value === "string") return value !== "";
  if (typeof value === "number") return value !== 0;
  if (value === null || isUndefined(value)) return false;
  if (isList(value)) return value.length > 0;
  if (isView(value)) return value.truth(false);
  return value instanceof DateTime || Object.keys(value).length > 0;
}

const TRUE_WORDS = new Set(["true", "yes", "on", "1"]);
const FALSE_WORDS = new Set(["false", "no", "off", "0", "none", "null", ""]);

/** The verdict that a text is, trimmed and caseless; null when it is no verdict word (L76). */
export function verdictWord(text: string): boolean | null {
  const word = text.trim().toLowerCase();
  if (TRUE_WORDS.has(word)) return true;
  return FALSE_WORDS.has(word) ? false : null;
}

/** The verdict that a value is (L76). */
export function verdictOf(value: Value): boolean {
  if (typeof value === "string") return verdictWord(value) ?? true;
  return isView(value) ? value.truth(true) : isTrue(value);
}
