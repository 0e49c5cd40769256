const MINUTE_MS = 60_000;

/** A point in time with the offset that it is shown in (L1). */
export class DateTime {
  readonly epochMs: number;
  readonly offsetMinutes: number;

  constructor(epochMs: number, offsetMinutes = 0) {
    this.epochMs = epochMs;
    this.offsetMinutes = offsetMinutes;
  }

  /** Calendar fields as shown: local to the offset. */
  get fields(): DateFields {
    const shown = new Date(this.epochMs + this.offsetMinutes * MINUTE_MS);
    return {
      year: shown.getUTCFullYear(),
      month: shown.getUTCMonth() + 1,
      day: shown.getUTCDate(),
      hour: shown.getUTCHours(),
      minute: shown.getUTCMinutes(),
      second: shown.getUTCSeconds(),
      millisecond: shown.getUTCMilliseconds(),
      /** 0 is Sunday. */
      weekday: shown.getUTCDay(),
    };
  }

  /** `2026-01-15`. */
  get dateText(): string {
    const { year, month, day } = this.fields;
    return `${padded(year, 4)}-${padded(month, 2)}-${padded(day, 2)}`;
  }

  /** `14:30:45`, with six digits of fraction when there is one. */
  get timeText(): string {
    const { hour, minute, second, millisecond } = this.fields;
    const fraction = millisecond === 0 ? "" : `.${padded(millisecond, 3)}000`;
    return `${padded(hour, 2)}:${padded(minute, 2)}:${padded(second, 2)}${fraction}`;
  }

  /** `+00:00`. */
  get offsetText(): string {
    const size = Math.abs(this.offsetMinutes);
    const sign = this.offsetMinutes < 0 ? "-" : "+";
    return `${sign}${padded(Math.trunc(size / 60), 2)}:${padded(size % 60, 2)}`;
  }

  /** ISO 8601, as Python's isoformat writes it. */
  toString(): string {
    return `${this.dateText}T${this.timeText}${this.offsetText}`;
  }
}

/** The calendar fields of a date-time. */
export type DateFields = {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly millisecond: number;
  readonly weekday: number;
};

/** A number with leading zeros. */
export function padded(value: number, width: number): string {
  return String(value).padStart(width, "0");
}
