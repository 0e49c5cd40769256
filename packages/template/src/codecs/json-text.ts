import type { Json } from "../values/value.ts";

/** A number of so many digits, or with such an exponent, may be beyond what a double holds (L3). */
const MAYBE_INFINITE = /\d[eE]\+?\d{3}|(?<!\d)\d{309}/;

/** The value of a JSON text; undefined when it is none. */
export function parseJsonText(text: string): Json | undefined {
  try {
    const value: Json = JSON.parse(text);
    return MAYBE_INFINITE.test(text) && !holdsOnlyFinite(value) ? undefined : value;
  } catch {
    // What does not parse is an answer here, not an error: callers decide what it means.
    return undefined;
  }
}

function holdsOnlyFinite(root: Json): boolean {
  const left: Json[] = [root];
  for (let value = left.pop(); value !== undefined; value = left.pop()) {
    if (typeof value === "number" && !Number.isFinite(value)) return false;
    if (typeof value === "object" && value !== null) {
      for (const part of Object.values(value)) left.push(part);
    }
  }
  return true;
}
