import type { Json } from "@orchestrator/template";

const ISO = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/i;

/** Milliseconds since 1970 of an ISO time, of UTC when it names no zone, or of seconds since 1970; undefined for anything else. */
export function momentMs(value: Json): number | undefined {
  if (typeof value === "number") {
    return Math.round(value * 1_000);
  }
  const text = typeof value === "string" ? value.trim() : "";
  const match = ISO.exec(text);
  if (match === null) {
    return undefined;
  }
  const hasTime = text.length > 10;
  const whole = hasTime && match[1] === undefined ? `${text}Z` : text;
  const ms = Date.parse(whole.replace(" ", "T"));
  return Number.isNaN(ms) ? undefined : ms;
}

/** The text of a moment (L68). */
export function momentText(ms: number): string {
  return new Date(ms).toISOString().replace(/(?:\.000)?Z$/, "+00:00");
}
