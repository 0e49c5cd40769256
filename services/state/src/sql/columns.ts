import { int, text } from "@orchestrator/postgres";

/** The 16 bytes of a uuid. */
export function uuid(value: unknown): Uint8Array {
  return Buffer.from(text(value).replaceAll("-", ""), "hex");
}

/** The 16 bytes of a uuid, or undefined for null. */
export function uuidOrNone(value: unknown): Uint8Array | undefined {
  return value === null ? undefined : uuid(value);
}

/** Microseconds since 1970, selected as `(extract(epoch from t) * 1000000)::int8`; a number holds them until 2255. */
export function microseconds(value: unknown): number {
  return int(value);
}

/** A text array in PostgreSQL's own spelling, for columns that are arrays themselves. */
export function arrayLiteral(items: readonly string[]): string | null {
  if (items.length === 0) return null;
  return `{${items.map((item) => `"${item.replaceAll(/["\\]/g, String.raw`\$&`)}"`).join(",")}}`;
}
