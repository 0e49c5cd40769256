import { DateTime } from "../values/date-time.ts";
import type { Value } from "../values/value.ts";

const ISO =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*(Z|[+-]\d{2}:?\d{2})?)?$/i;
/** Days that a Date can hold, in milliseconds. */
const LAST_MS = 8.64e15;

/** The date-time that a value is: one already, ISO text, `Y-m-d[ H:M:S]`, epoch seconds; null for anything else. */
export function readDate(value: Value): DateTime | null {
  if (value instanceof DateTime) return value;
  if (typeof value === "number") return fromSeconds(value);
  if (typeof value !== "string") return null;
  const match = ISO.exec(value.trim());
  if (match === null) return null;
  const [, year, month, day, hour = "0", minute = "0", second = "0", fraction = "", zone = "Z"] =
    match;
  const epochMs = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
    Number(fraction.padEnd(3, "0").slice(0, 3)),
  );
  const offsetMinutes = offsetOf(zone);
  const date = new DateTime(epochMs - offsetMinutes * 60_000, offsetMinutes);
  return isCalendarDate(date, [Number(month), Number(day), Number(hour)]) ? date : null;
}

function fromSeconds(seconds: number): DateTime | null {
  const epochMs = Math.round(seconds * 1_000);
  return Math.abs(epochMs) <= LAST_MS ? new DateTime(epochMs) : null;
}

/** `2026-02-30` would silently become March. */
function isCalendarDate({ fields }: DateTime, [month, day, hour]: readonly number[]): boolean {
  return fields.month === month && fields.day === day && fields.hour === hour;
}

function offsetOf(zone: string): number {
  if (zone.toUpperCase() === "Z") return 0;
  const sign = zone.startsWith("-") ? -1 : 1;
  return sign * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2)));
}
