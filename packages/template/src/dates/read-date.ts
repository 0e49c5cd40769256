import { DateTime } from "../values/date-time.ts";
import type { Value } from "../values/value.ts";

const ISO =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*(Z|[+-]\d{2}:?\d{2})?)?$/i;
/** Days that a Date can hold, in milliseconds. */
const LAST_MS = 8.64e15;
const MINUTE_MS = 60_000;

/** The date-time that a value is: one already, ISO text, `Y-m-d[ H:M:S]`, epoch seconds; null for anything else. */
export function readDate(value: Value): DateTime | null {
  if (value instanceof DateTime) return value;
  if (typeof value === "number") return fromSeconds(value);
  if (typeof value !== "string") return null;
  const match = ISO.exec(value.trim());
  if (match === null) return null;
  const [, year, month, day, hour = "0", minute = "0", second = "0", fraction = "", zone = "Z"] =
    match;
  const written = [year, month, day, hour, minute, second].map(Number);
  const epochMs = epochMsOf(written, Number(fraction.padEnd(3, "0").slice(0, 3)));
  const offsetMinutes = offsetOf(zone);
  return epochMs === null ? null : new DateTime(epochMs - offsetMinutes * MINUTE_MS, offsetMinutes);
}

/** The time at an offset of zero; null for what stands in no calendar and on no clock, such as `2026-02-30`. */
function epochMsOf(written: readonly number[], milliseconds: number): number | null {
  const [year = 0, month = 0, day = 0, hour, minute, second] = written;
  // Not Date.UTC, which takes the year 50 for 1950.
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const epochMs = date.setUTCHours(hour ?? 0, minute, second, milliseconds);
  const { fields } = new DateTime(epochMs);
  const shown = [fields.year, fields.month, fields.day, fields.hour, fields.minute, fields.second];
  return shown.every((part, at) => part === written[at]) ? epochMs : null;
}

function fromSeconds(seconds: number): DateTime | null {
  const epochMs = Math.round(seconds * 1_000);
  return Math.abs(epochMs) <= LAST_MS ? new DateTime(epochMs) : null;
}

function offsetOf(zone: string): number {
  if (zone.toUpperCase() === "Z") return 0;
  const sign = zone.startsWith("-") ? -1 : 1;
  return sign * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2)));
}
