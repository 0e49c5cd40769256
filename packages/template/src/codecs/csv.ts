import { isList, isMapping, resolved } from "../values/kinds.ts";
import { PLAIN_JSON, textOf, writeJson } from "../values/text-form.ts";
import type { Mapping, Value } from "../values/value.ts";

/** How a table of cells is written. */
export type CsvOptions = { readonly delimiter?: string };

/** Bounds the cells that a row lacks, which are made all the same. */
type CellBudget = { sequence(elements: number): void };

/** The rows of a CSV text (RFC 4180, L192): the first line is the header, cells stay text; undefined when it is none. */
export function readCsv(
  text: string,
  { delimiter = ",", budget }: CsvOptions & { readonly budget?: CellBudget } = {},
): readonly Mapping[] | undefined {
  const lines = cellsOf(text.startsWith("\ufeff") ? text.slice(1) : text, delimiter);
  const [header, ...rows] = lines ?? [];
  if (header === undefined) return undefined;
  if (rows.some((row) => row.length > header.length)) return undefined;
  budget?.sequence(rows.reduce((lacking, row) => lacking + header.length - row.length, 0));
  return rows.map((row) =>
    Object.fromEntries(header.map((name, index) => [name, row[index] ?? ""])),
  );
}

/** The cells of each line; undefined when a quote is never closed. Empty lines are skipped. */
function cellsOf(text: string, delimiter: string): string[][] | undefined {
  const lines: string[][] = [];
  let line: string[] = [];
  let at = 0;
  while (at < text.length || line.length > 0) {
    const cell = text[at] === '"' ? quotedCell(text, at, delimiter) : bareCell(text, at, delimiter);
    if (cell === undefined) return undefined;
    line.push(cell.text);
    at = cell.end;
    if (text[at] === delimiter) {
      at += 1;
      if (at < text.length) continue;
      line.push("");
    }
    if (line.length > 1 || line[0] !== "" || cell.quoted) lines.push(line);
    line = [];
    at += text.startsWith("\r\n", at) ? 2 : 1;
  }
  return lines;
}

type Cell = { readonly text: string; readonly end: number; readonly quoted: boolean };

function bareCell(text: string, start: number, delimiter: string): Cell {
  let end = start;
  while (end < text.length && text[end] !== delimiter && text[end] !== "\n" && text[end] !== "\r")
    end += 1;
  return { text: text.slice(start, end), end, quoted: false };
}

/** Text after the closing quote belongs to the cell, as lenient readers have it. */
function quotedCell(text: string, start: number, delimiter: string): Cell | undefined {
  let end = text.indexOf('"', start + 1);
  while (end !== -1 && text[end + 1] === '"') end = text.indexOf('"', end + 2);
  if (end === -1) return undefined;
  const quoted = text.slice(start + 1, end).replaceAll('""', '"');
  const rest = bareCell(text, end + 1, delimiter);
  return { text: quoted + rest.text, end: rest.end, quoted: true };
}

/** Separators and line ends of rows written as CSV: every row has a cell for every key of any. */
export function csvSize(rows: readonly Value[]): number {
  return rows.length * (headerOf(rows.map((row) => resolved(row))).length + 1);
}

function headerOf(rows: readonly Value[]): readonly string[] {
  return [...new Set(rows.flatMap((row) => (isMapping(row) ? Object.keys(row) : [])))];
}

/**
 * Writes rows as CSV (L192): the header is the union of keys by first appearance, quotes stand only where needed, every line
 * ends in LF. Rows that are lists are written as they are, without a header.
 */
export function writeCsv(rows: readonly Value[], { delimiter = "," }: CsvOptions = {}): string {
  const used = rows.map((row) => resolved(row));
  const header = headerOf(used);
  const lines = used.map((row) => {
    if (isList(row)) return row;
    return header.map((key) =>
      isMapping(row) && Object.hasOwn(row, key) ? (row[key] ?? null) : null,
    );
  });
  const all = header.length === 0 ? lines : [header, ...lines];
  return all
    .map((line) => `${line.map((cell) => cellText(cell, delimiter)).join(delimiter)}\n`)
    .join("");
}

function cellText(value: Value, delimiter: string): string {
  const used = resolved(value);
  const text = plainText(used);
  const special = text.includes(delimiter) || /["\n\r]/.test(text);
  return special ? `"${text.replaceAll('"', '""')}"` : text;
}

/** `null` is empty, booleans are `true` and `false`, nested values JSON. */
function plainText(value: Value): string {
  if (typeof value === "boolean") return String(value);
  return isList(value) || isMapping(value) ? writeJson(value, PLAIN_JSON) : textOf(value);
}
