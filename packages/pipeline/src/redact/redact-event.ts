import type { Json } from "@orchestrator/template";

import { decodeEvent, encodeEvent } from "../event-codec.ts";
import type { JsonObject, RunEvent } from "../events.ts";
import type { Redactor } from "./redactor.ts";

/** An event without hidden values, whatever it carries (L164); ids, times and words of the language stay. */
export function redactEvent(event: RunEvent, redactor: Redactor): RunEvent {
  if (redactor.isEmpty) {
    return event;
  }
  const encoded = encodeEvent(event);
  const payload: JsonObject = JSON.parse(new TextDecoder().decode(encoded.payload));
  const redacted = new TextEncoder().encode(JSON.stringify(redactPayload(payload, redactor)));
  return decodeEvent({ ...encoded, payload: redacted });
}

/** Keys of payloads that hold ids, times and words of the language, and nothing that a document or a tool says. */
const STRUCTURE = new Set([
  "at",
  "ms",
  "wait_ms",
  "sent_at",
  "how",
  "wake_after_ms",
  "inbox_seq",
  "skips",
  "status",
  "unreached",
  "skip_reason",
  "usage",
  "labels",
  "result_blob",
]);

/** A payload without hidden values; keys that are not known here are looked through as a whole. */
export function redactPayload(payload: JsonObject, redactor: Redactor): JsonObject {
  return Object.fromEntries(
    Object.entries(payload).map(([key, value]) => [key, redactField(key, { value, redactor })]),
  );
}

function redactField(
  key: string,
  { value, redactor }: { readonly value: Json; readonly redactor: Redactor },
): Json {
  if (STRUCTURE.has(key)) {
    return value;
  }
  switch (key) {
    case "error":
      return only("message", { value, redactor });
    case "warnings":
      return each(value, (warning) => only("message", { value: warning, redactor }));
    case "artifacts":
    case "files":
      return each(value, (file) => only("path", { value: file, redactor }));
    default:
      return redactor.json(value);
  }
}

/** An object of which one field is text of others. */
function only(
  key: string,
  { value, redactor }: { readonly value: Json; readonly redactor: Redactor },
): Json {
  return isObject(value) && value[key] !== undefined
    ? { ...value, [key]: redactor.json(value[key]) }
    : value;
}

function each(value: Json, change: (item: Json) => Json): Json {
  return isList(value) ? value.map(change) : value;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function isObject(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
