import { overLimit } from "../failure.ts";
import { DateTime } from "./date-time.ts";
import { isList, isUndefined, resolved } from "./kinds.ts";
import type { Value } from "./value.ts";

/** Data nested deeper than this has no text: it could only be made by a template that nests on purpose. */
export const DEEPEST = 500;

/** The text form of a value (L4). */
export function textOf(value: Value, bounds: TextBounds = UNBOUNDED): string {
  if (typeof value === "string") return value;
  if (typeof value === "number") return numberText(value);
  if (typeof value === "boolean") return value ? "True" : "False";
  if (value === null || isUndefined(value)) return "";
  const used = resolved(value);
  if (typeof used !== "object" || used === null) return textOf(used, bounds);
  if (used instanceof DateTime) return used.toString();
  return writeJson(used, { ...PLAIN_JSON, ...bounds });
}

/** The shortest text of a number; an integral one has no decimal point (L3). */
export function numberText(value: number): string {
  return String(value);
}

/** How JSON is written. */
export type JsonFormat = {
  /** Spaces per level; null writes one line. */
  readonly indent: number | null;
  readonly itemSeparator: string;
  readonly keySeparator: string;
  readonly sortKeys: boolean;
  readonly escapeNonAscii: boolean;
} & TextBounds;

/** How much may be written. */
export type TextBounds = {
  readonly maxCharacters: number;
  /** Told of the containers that are written. */
  readonly counter: { spend(operations: number): void };
};

const UNBOUNDED: TextBounds = {
  maxCharacters: Number.POSITIVE_INFINITY,
  counter: { spend: () => undefined },
};

export const PLAIN_JSON: JsonFormat = {
  indent: null,
  itemSeparator: ", ",
  keySeparator: ": ",
  sortKeys: false,
  escapeNonAscii: false,
  ...UNBOUNDED,
};

/** Writes a value as JSON: views are their R, undefined is null, a date-time its ISO text. */
export function writeJson(value: Value, format: JsonFormat): string {
  const sink: Sink = { text: "", format };
  write(value, sink, 0);
  return sink.text;
}

type Sink = { text: string; readonly format: JsonFormat };

function write(value: Value, sink: Sink, depth: number): void {
  if (depth > DEEPEST) throw overLimit(`data nested deeper than ${DEEPEST}`);
  const used = resolved(value);
  if (isList(used)) writeList(used, sink, depth);
  else if (typeof used === "object" && used !== null && !(used instanceof DateTime)) {
    const keys = sink.format.sortKeys ? Object.keys(used).toSorted(byCodePoint) : Object.keys(used);
    const entries = keys.map((key): [string, Value] => [key, used[key] ?? null]);
    writeMapping(entries, sink, depth);
  } else put(sink, scalar(used, sink.format));
}

function scalar(
  value: Exclude<ReturnType<typeof resolved>, object> | DateTime | null,
  format: JsonFormat,
): string {
  if (typeof value === "string") return quoted(value, format);
  if (value === null || typeof value === "symbol") return "null";
  if (value instanceof DateTime) return quoted(value.toString(), format);
  return String(value);
}

function quoted(text: string, { escapeNonAscii }: JsonFormat): string {
  const json = JSON.stringify(text);
  if (!escapeNonAscii) return json;
  return json.replaceAll(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function writeList(items: readonly Value[], sink: Sink, depth: number): void {
  if (items.length === 0) return put(sink, "[]");
  count(items, sink);
  put(sink, "[");
  let first = true;
  for (const item of items) {
    between(sink, depth + 1, first);
    first = false;
    write(item, sink, depth + 1);
  }
  newLine(sink, depth);
  put(sink, "]");
}

function writeMapping(entries: readonly [string, Value][], sink: Sink, depth: number): void {
  if (entries.length === 0) return put(sink, "{}");
  count(entries, sink);
  put(sink, "{");
  let first = true;
  for (const [key, value] of entries) {
    between(sink, depth + 1, first);
    first = false;
    put(sink, quoted(key, sink.format) + sink.format.keySeparator);
    write(value, sink, depth + 1);
  }
  newLine(sink, depth);
  put(sink, "}");
}

const PARTS_PER_OPERATION = 8;

function count(parts: readonly unknown[], { format }: Sink): void {
  format.counter.spend(1 + Math.floor(parts.length / PARTS_PER_OPERATION));
}

function between(sink: Sink, depth: number, first: boolean): void {
  if (!first) put(sink, sink.format.itemSeparator);
  newLine(sink, depth);
}

function newLine(sink: Sink, depth: number): void {
  const { indent } = sink.format;
  if (indent !== null) put(sink, `\n${" ".repeat(indent * depth)}`);
}

function put(sink: Sink, text: string): void {
  if (sink.text.length + text.length > sink.format.maxCharacters) {
    throw overLimit(`a text of more than ${sink.format.maxCharacters} characters`);
  }
  sink.text += text;
}

/** Orders texts by code point, as Python does. */
export function byCodePoint(a: string, b: string): number {
  return orderedAt(a, b, firstDifference(a, b));
}

/** Orders texts by code point, given where they differ first. */
export function orderedAt(a: string, b: string, index: number): number {
  const left = a.charCodeAt(index);
  const right = b.charCodeAt(index);
  if (Number.isNaN(left) || Number.isNaN(right)) return a.length - b.length;
  return isSurrogate(left) === isSurrogate(right) ? left - right : isSurrogate(left) ? 1 : -1;
}

/** Where two texts differ first; the length of the shorter one when it begins the other. */
export function firstDifference(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  if (a === b) return length;
  let index = 0;
  while (index < length && a.charCodeAt(index) === b.charCodeAt(index)) index += 1;
  return index;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}
