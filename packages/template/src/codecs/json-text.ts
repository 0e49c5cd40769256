import type { Json } from "../values/value.ts";

/** The value of a JSON text; undefined when it is none. */
export function parseJsonText(text: string): Json | undefined {
  try {
    const value: Json = JSON.parse(text);
    return value;
  } catch {
    // What does not parse is an answer here, not an error: callers decide what it means.
    return undefined;
  }
}
