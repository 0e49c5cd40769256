import type { Json } from "@orchestrator/template";
import { parse as parseYaml, stringify as yamlText } from "yaml";

import type { DATA_FORMATS, OUTPUT_FORMATS } from "../catalogue/data-processing.ts";
import { isList, isMapping } from "../parameters.ts";
import { cellText } from "./cell.ts";
import { parseCsv, writeCsv } from "./csv.ts";
import { DataError } from "./data-error.ts";
import { type Table, cellOf, columnsOf } from "./table.ts";

/** A format that text is read in. */
export type DataFormat = (typeof DATA_FORMATS)[number];
/** A format that data is written in. */
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

/** What a text holds. */
export type Parsed =
  | { readonly kind: "table"; readonly table: Table }
  | { readonly kind: "value"; readonly value: Json };

/** Reads text in a format; text that is not in it is DATA_FORMAT. */
export function parseText(
  text: string,
  { format, typed }: { readonly format: DataFormat; readonly typed: boolean },
): Parsed {
  switch (format) {
    case "json":
      return { kind: "value", value: parseJson(text) };
    case "jsonl":
      return { kind: "value", value: parseJsonLines(text) };
    case "yaml":
      return { kind: "value", value: parseYamlText(text) };
    case "csv":
      return { kind: "table", table: parseCsv(text, { delimiter: ",", typed }) };
    case "tsv":
      return { kind: "table", table: parseCsv(text, { delimiter: "\t", typed }) };
  }
}

/** Whether text under `json` that is no JSON looks like CSV: as many commas, ±1, in line one as in the next two (L191). */
export function looksLikeCsv(text: string): boolean {
  const [first = 0, ...next] = text
    .trim()
    .split("\n", 3)
    .map((each) => each.split(",").length - 1);
  return first > 0 && next.length > 0 && next.every((count) => Math.abs(count - first) <= 1);
}

/** Writes a table as text; JSON with an indent of 2. */
export function writeTable(table: Table, format: OutputFormat): string {
  switch (format) {
    case "json":
      return JSON.stringify(table.rows, null, 2);
    case "jsonl":
      return table.rows.map((row) => `${JSON.stringify(row)}\n`).join("");
    case "yaml":
      return yamlText(table.rows);
    case "csv":
      return writeCsv(table, { delimiter: "," });
    case "tsv":
      return writeCsv(table, { delimiter: "\t" });
    case "markdown":
      return markdownTable(table);
  }
}

/** Writes any value as text; where the format is for tables, an object is a row and its list the rows. */
export function writeValue(value: Json, format: OutputFormat): string {
  switch (format) {
    case "json":
      return JSON.stringify(value, null, 2);
    case "yaml":
      return yamlText(value);
    case "jsonl":
    case "csv":
    case "tsv":
    case "markdown":
      return writeTable({ rows: (isList(value) ? value : [value]).map(asRow) }, format);
  }
}

function asRow(value: Json): { readonly [column: string]: Json } {
  return isMapping(value) ? value : { value };
}

function parseJson(text: string): Json {
  try {
    const value: Json = JSON.parse(text);
    return value;
  } catch (error) {
    throw notIn("JSON", error);
  }
}

function parseJsonLines(text: string): Json {
  return text.split("\n").flatMap((line, i) => {
    if (line.trim() === "") {
      return [];
    }
    try {
      const value: Json = JSON.parse(line);
      return [value];
    } catch (error) {
      throw notIn(`JSON in line ${i + 1}`, error);
    }
  });
}

function parseYamlText(text: string): Json {
  try {
    const value: Json = parseYaml(text, { schema: "core", maxAliasCount: 100, stringKeys: false });
    // Through JSON, so that what YAML has beyond it does not get in.
    const plain: Json = JSON.parse(JSON.stringify(value ?? null));
    return plain;
  } catch (error) {
    throw notIn("YAML", error);
  }
}

function notIn(format: string, error: unknown): DataError {
  const reason = error instanceof Error ? error.message : String(error);
  return new DataError(`not ${format}: ${reason}`, { cause: error });
}

function markdownTable(table: Table): string {
  const columns = columnsOf(table);
  if (columns.length === 0) {
    return "";
  }
  const lines = [
    columns,
    columns.map(() => "---"),
    ...table.rows.map((row) => columns.map((column) => cellText(cellOf(row, column)))),
  ];
  return lines.map((cells) => `| ${cells.map(markdownCell).join(" | ")} |\n`).join("");
}

function markdownCell(text: string): string {
  return text.replaceAll("|", String.raw`\|`).replaceAll(/\r?\n/g, "<br>");
}
