// Reads the columns of a row: each function proves what the database gave, so that nobody casts.

/** An integer that a number can hold. */
export function int(value: unknown): number {
  const number = typeof value === "number" ? value : Number(value ?? Number.NaN);
  if (!Number.isSafeInteger(number)) {
    throw unexpected("an integer", value);
  }
  return number;
}

/** An integer of 64 bits. */
export function bigint(value: unknown): bigint {
  if (typeof value === "bigint") return value;
  if (typeof value === "number" || typeof value === "string") return BigInt(value);
  throw unexpected("an integer of 64 bits", value);
}

/** A number, such as `float8` and `numeric` give. */
export function float(value: unknown): number {
  const number = typeof value === "number" ? value : Number(value ?? Number.NaN);
  if (Number.isNaN(number)) {
    throw unexpected("a number", value);
  }
  return number;
}

/** A text; a uuid is one too. */
export function text(value: unknown): string {
  if (typeof value !== "string") {
    throw unexpected("a text", value);
  }
  return value;
}

/** Bytes. */
export function bytes(value: unknown): Uint8Array {
  if (!(value instanceof Uint8Array)) {
    throw unexpected("bytes", value);
  }
  return value;
}

/** A truth value. */
export function bool(value: unknown): boolean {
  if (typeof value !== "boolean") {
    throw unexpected("a boolean", value);
  }
  return value;
}

/** A point in time, to the millisecond. */
export function time(value: unknown): Date {
  if (!(value instanceof Date)) {
    throw unexpected("a time", value);
  }
  return value;
}

/** An array, each element of which the function reads. */
export function array<T>(value: unknown, element: (value: unknown) => T): readonly T[] {
  if (!Array.isArray(value)) {
    throw unexpected("an array", value);
  }
  return value.map((item: unknown) => element(item));
}

/** An object of texts, from `jsonb`. */
export function textMap(value: unknown): Readonly<Record<string, string>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw unexpected("an object", value);
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, text(item)]));
}

/** Whatever `json` or `jsonb` holds; who asks for it looks closer. */
export function json(value: unknown): unknown {
  return value;
}

/** What the function reads, or undefined for null. */
export function optional<T>(value: unknown, read: (value: unknown) => T): T | undefined {
  return value === null || value === undefined ? undefined : read(value);
}

/** Reads nothing: for statements without rows. */
export function none(): undefined {
  return undefined;
}

function unexpected(wanted: string, value: unknown): TypeError {
  return new TypeError(
    `the database gave ${value === null ? "null" : typeof value}, not ${wanted}`,
  );
}
