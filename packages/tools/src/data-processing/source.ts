import type { JsonObject } from "@orchestrator/pipeline";
import type { Json } from "@orchestrator/template";

import { isList, isMapping } from "../parameters.ts";
import { DataError } from "./data-error.ts";
import { type DataFormat, looksLikeCsv, parseText } from "./data-format.ts";
import { type Row, type Table, checkRowCount } from "./table.ts";

/** Data as an operation gets it (L191). */
export type Source = {
  /** What it is: rows, or anything else. */
  readonly content:
    | { readonly kind: "table"; readonly table: Table; readonly wrapping: Wrapping | null }
    | { readonly kind: "value"; readonly value: Json };
  /** The format that text was read in; that of the parameter for data that was no text. */
  readonly format: DataFormat;
  /** What the data was. */
  readonly type: string;
};

/** An object whose list under `key` the rows are, and which keeps its shape. */
export type Wrapping = { readonly object: JsonObject; readonly key: string };

/** How data is read. */
export type SourceOptions = {
  readonly format: DataFormat;
  readonly typed: boolean;
  /** Texts of the files that data may name, by path as written. */
  readonly files: Readonly<Record<string, string>>;
};

/** Names of formats by the ending of a file (L191). */
export const FORMAT_OF_ENDING: ReadonlyMap<string, DataFormat> = new Map([
  ["json", "json"],
  ["csv", "csv"],
  ["tsv", "tsv"],
  ["jsonl", "jsonl"],
  ["yaml", "yaml"],
  ["yml", "yaml"],
]);

/** Reads data. */
export function readSource(data: Json, options: SourceOptions): Source {
  if (isOwnResult(data)) {
    const { output_format: inner } = data;
    const format = [...FORMAT_OF_ENDING.values()].find((each) => each === inner);
    return readSource(data["processed_data"] ?? null, {
      ...options,
      format: format ?? options.format,
      files: {},
    });
  }
  if (typeof data === "string") {
    return textSource(data, options);
  }
  return nativeSource(data, { format: options.format, type: isList(data) ? "array" : typeof data });
}

/** Rows of data that must be a table; an object is one row. */
export function tableOf(source: Source): { table: Table; wrapping: Wrapping | null } {
  const { content } = source;
  if (content.kind === "table") {
    return content;
  }
  if (isMapping(content.value)) {
    return { table: { rows: [content.value] }, wrapping: null };
  }
  if (isList(content.value)) {
    const odd = content.value.findIndex((each) => !isMapping(each));
    throw new DataError(`row ${odd + 1} is not an object`);
  }
  throw new DataError(`data must be rows, an object, or text that holds them, not ${source.type}`);
}

function textSource(text: string, options: SourceOptions): Source {
  const file = Object.hasOwn(options.files, text) ? options.files[text] : undefined;
  if (file !== undefined) {
    const ending = text.slice(text.lastIndexOf(".") + 1).toLowerCase();
    return parsedSource(file, { ...options, format: FORMAT_OF_ENDING.get(ending) ?? "json" });
  }
  return parsedSource(text, options);
}

function parsedSource(text: string, options: SourceOptions): Source {
  const { format, typed } = options;
  try {
    const parsed = parseText(text, { format, typed });
    if (parsed.kind === "value") {
      return nativeSource(parsed.value, { format, type: format });
    }
    const content = { kind: "table", table: parsed.table, wrapping: null } as const;
    return { content, format, type: format };
  } catch (error) {
    if (format === "json" && looksLikeCsv(text)) {
      return parsedSource(text, { ...options, format: "csv" });
    }
    throw error;
  }
}

function nativeSource(
  value: Json,
  { format, type }: { readonly format: DataFormat; readonly type: string },
): Source {
  const rows = rowsOf(value);
  if (rows !== undefined) {
    return { content: { kind: "table", table: { rows }, wrapping: null }, format, type };
  }
  if (isMapping(value)) {
    for (const key of ["records", "rows", "data"]) {
      const inner = Object.hasOwn(value, key) ? rowsOf(value[key] ?? null) : undefined;
      if (inner !== undefined) {
        const wrapping = { object: value, key };
        return { content: { kind: "table", table: { rows: inner }, wrapping }, format, type };
      }
    }
  }
  return { content: { kind: "value", value }, format, type };
}

function rowsOf(value: Json): readonly Row[] | undefined {
  if (!isList(value)) {
    return undefined;
  }
  const rows = value.filter((each) => isMapping(each));
  checkRowCount(rows.length);
  return rows.length === value.length ? rows : undefined;
}

/** Whether data is what this tool gave before. */
function isOwnResult(data: Json): data is JsonObject {
  return (
    isMapping(data) &&
    ["action", "processed_data", "output_format"].every((key) => Object.hasOwn(data, key))
  );
}
