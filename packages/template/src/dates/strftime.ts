import { type DateFields, type DateTime, padded } from "../values/date-time.ts";

const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];
const DAY_MS = 86_400_000;

type Shown = { readonly date: DateTime; readonly fields: DateFields };

const DIRECTIVES: Readonly<Record<string, (shown: Shown) => string>> = {
  a: ({ fields }) => name(DAYS, fields.weekday).slice(0, 3),
  A: ({ fields }) => name(DAYS, fields.weekday),
  b: ({ fields }) => name(MONTHS, fields.month - 1).slice(0, 3),
  B: ({ fields }) => name(MONTHS, fields.month - 1),
  d: ({ fields }) => padded(fields.day, 2),
  e: ({ fields }) => String(fields.day).padStart(2, " "),
  f: ({ fields }) => `${padded(fields.millisecond, 3)}000`,
  H: ({ fields }) => padded(fields.hour, 2),
  I: ({ fields }) => padded(hour12(fields), 2),
  j: ({ fields }) => padded(dayOfYear(fields), 3),
  m: ({ fields }) => padded(fields.month, 2),
  M: ({ fields }) => padded(fields.minute, 2),
  p: ({ fields }) => (fields.hour < 12 ? "AM" : "PM"),
  s: ({ date }) => String(Math.floor(date.epochMs / 1_000)),
  S: ({ fields }) => padded(fields.second, 2),
  u: ({ fields }) => String(isoWeekday(fields)),
  U: ({ fields }) => padded(weekOfYear(fields, fields.weekday), 2),
  V: ({ fields }) => padded(isoWeek(fields).week, 2),
  G: ({ fields }) => String(isoWeek(fields).year),
  w: ({ fields }) => String(fields.weekday),
  W: ({ fields }) => padded(weekOfYear(fields, isoWeekday(fields) - 1), 2),
  y: ({ fields }) => padded(fields.year % 100, 2),
  Y: ({ fields }) => padded(fields.year, 4),
  z: ({ date }) => date.offsetText.replace(":", ""),
  Z: ({ date }) => (date.offsetMinutes === 0 ? "UTC" : `UTC${date.offsetText}`),
  "%": () => "%",
};

/** Directives that stand for others. */
const COMPOSED: Readonly<Record<string, string>> = {
  c: "%a %b %e %H:%M:%S %Y",
  D: "%m/%d/%y",
  F: "%Y-%m-%d",
  R: "%H:%M",
  T: "%H:%M:%S",
  x: "%m/%d/%y",
  X: "%H:%M:%S",
};

/** Formats a date-time as Python's strftime does in the C locale; `%-d` drops the padding. */
export function strftime(date: DateTime, format: string): string {
  const shown: Shown = { date, fields: date.fields };
  return format.replaceAll(/%(-?)([a-zA-Z%])/g, (written: string, bare: string, letter: string) => {
    const composed = Object.hasOwn(COMPOSED, letter) ? COMPOSED[letter] : undefined;
    if (composed !== undefined) return strftime(date, composed);
    const directive = Object.hasOwn(DIRECTIVES, letter) ? DIRECTIVES[letter] : undefined;
    if (directive === undefined) return written;
    const text = directive(shown);
    return bare === "" ? text : text.replace(/^[0 ]+(?=.)/, "");
  });
}

function name(names: readonly string[], index: number): string {
  return names[index] ?? "";
}

function hour12({ hour }: DateFields): number {
  return hour % 12 === 0 ? 12 : hour % 12;
}

function dayOfYear({ year, month, day }: DateFields): number {
  return (Date.UTC(year, month - 1, day) - Date.UTC(year, 0, 1)) / DAY_MS + 1;
}

function isoWeekday({ weekday }: DateFields): number {
  return weekday === 0 ? 7 : weekday;
}

/** Weeks begun since new year, when `sinceWeekStart` days have passed of this one. */
function weekOfYear(fields: DateFields, sinceWeekStart: number): number {
  return Math.floor((dayOfYear(fields) + 6 - sinceWeekStart) / 7);
}

/** The ISO week is the one of its Thursday. */
function isoWeek(fields: DateFields): { readonly year: number; readonly week: number } {
  const thursday = Date.UTC(fields.year, fields.month - 1, fields.day + 4 - isoWeekday(fields));
  const year = new Date(thursday).getUTCFullYear();
  return { year, week: Math.floor((thursday - Date.UTC(year, 0, 1)) / DAY_MS / 7) + 1 };
}
