import type { JsonObject } from "@orchestrator/pipeline";
import type { Json } from "@orchestrator/template";

/** Read the text of a JSON object; `undefined` when it is something else. */
export function jsonObjectFrom(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined; // Not JSON.
  }
}

/** Read the text of a JSON value; `undefined` when it is none. */
export function jsonFrom(text: string): Json | undefined {
  try {
    const value: Json = JSON.parse(text);
    return value;
  } catch {
    return undefined; // Not JSON.
  }
}

/** Narrow a value that JSON.parse made. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
