import { types } from "pg";

import { ArrayParam } from "./array-param.ts";
import type { Param } from "./sql.ts";

/** A parameter as the protocol carries it: bytes are PostgreSQL's binary form, texts its text form. */
export function toWire(param: Param): string | Buffer | null {
  if (param === null || typeof param === "string") return param;
  if (param instanceof ArrayParam) return param.toBinary();
  if (param instanceof Uint8Array) {
    return Buffer.from(param.buffer, param.byteOffset, param.byteLength);
  }
  return String(param);
}

/**
 * Reads the text of a column by its type. Integers of 64 bits and decimals stay texts, since the reader of the row
 * knows how large they get; so do days and times without a zone, which are no points in time.
 */
export function fromWire(typeOid: number): (text: string) => unknown {
  return AS_TEXT.has(typeOid) ? asIs : parserOf(typeOid);
}

/** Its declaration knows the types of a list only, it itself any. */
const parserOf: (typeOid: number) => (text: string) => unknown = types.getTypeParser;

/** date, timestamp, interval. */
const AS_TEXT = new Set([1082, 1114, 1186]);

function asIs(text: string): string {
  return text;
}
