import type { FailureCode, JsonObject } from "@orchestrator/pipeline";
import type { Json } from "@orchestrator/template";

import { DATA_FORMATS, OUTPUT_FORMATS } from "../catalogue/data-processing.ts";
import { ParameterError, isSet, optionalText, wordParameter } from "../parameters.ts";
import { validateData } from "../validation/validate-data.ts";
import { aggregate } from "./aggregate.ts";
import { drop, limit, select, sort } from "./arrange.ts";
import { clean } from "./clean.ts";
import { DataError } from "./data-error.ts";
import { type OutputFormat, writeTable, writeValue } from "./data-format.ts";
import { merge } from "./merge.ts";
import { pivot } from "./pivot.ts";
import { profile } from "./profile.ts";
import { type Source, type SourceOptions, type Wrapping, readSource, tableOf } from "./source.ts";
import { type Table, columnsOf } from "./table.ts";
import { filterRows, transform } from "./transform.ts";

/**
 * Work on data as a plain value, so that it can be sent to a worker thread: parameters by canonical name with defaults
 * filled in, and the texts of the files that data names.
 */
export type DataJob = {
  readonly tool: "data-processing" | "validation";
  readonly operation: string;
  readonly parameters: JsonObject;
  readonly files: Readonly<Record<string, string>>;
};

/** What came of the work. */
export type DataOutcome =
  | { readonly kind: "done"; readonly result: JsonObject }
  | {
      readonly kind: "failed";
      readonly code: FailureCode;
      readonly message: string;
      readonly result?: JsonObject;
    };

/** Does the work: pure, and as long as the data is large. */
export function runDataJob(job: DataJob): DataOutcome {
  try {
    return job.tool === "validation" ? validateData(job) : { kind: "done", result: processed(job) };
  } catch (error) {
    if (error instanceof DataError) {
      return { kind: "failed", code: error.code, message: error.message };
    }
    if (error instanceof ParameterError) {
      return { kind: "failed", code: "PARAMETER_INVALID", message: error.message };
    }
    throw error;
  }
}

function processed({ operation, parameters, files }: DataJob): JsonObject {
  const options: SourceOptions = {
    format: wordParameter({ format: "json", ...parameters }, "format", DATA_FORMATS),
    typed: isSet(parameters, "typed"),
    files,
  };
  if (operation === "merge") {
    const { table, facts } = merge(parameters, options);
    const format = outputFormat(parameters, options.format);
    return tableResult(table, { action: operation, format, facts, wrapping: null });
  }
  const source = readSource(parameters["data"] ?? null, options);
  return operation === "convert"
    ? converted(source, parameters)
    : ofTable(operation, source, parameters);
}

function ofTable(operation: string, source: Source, parameters: JsonObject): JsonObject {
  const apply = TABLE_OPERATIONS.get(operation);
  if (apply === undefined) {
    throw new ParameterError(`data-processing has no operation ${operation}`);
  }
  const { table, wrapping } = tableOf(source);
  const changed = apply(table, parameters);
  if (changed.kind === "object") {
    const rowCount = table.rows.length;
    return objectResult(changed.object, { action: operation, parameters, rowCount });
  }
  const format = outputFormat(parameters, source.format);
  const { facts = {} } = changed;
  return tableResult(changed.table, { action: operation, format, facts, wrapping });
}

/** What an operation makes of a table: rows, with what it adds to R (L195), or figures. */
type Changed =
  | { readonly kind: "rows"; readonly table: Table; readonly facts?: JsonObject }
  | { readonly kind: "object"; readonly object: JsonObject };
type TableOperation = (table: Table, parameters: JsonObject) => Changed;

const TABLE_OPERATIONS: ReadonlyMap<string, TableOperation> = new Map<string, TableOperation>([
  ["filter", filtered],
  ["aggregate", aggregated],
  ["transform", transformed],
  ["profile", (table, parameters) => ({ kind: "object", object: profile(table, parameters) })],
  ["pivot", (table, parameters) => withColumns(pivot(table, parameters))],
  ["clean", (table, parameters) => ({ kind: "rows", ...clean(table, parameters) })],
  ["sort", (table, parameters) => ({ kind: "rows", table: sort(table, parameters) })],
  ["select", (table, parameters) => withColumns(select(table, parameters))],
  ["drop", (table, parameters) => withColumns(drop(table, parameters))],
  ["limit", (table, parameters) => ({ kind: "rows", table: limit(table, parameters) })],
]);

function filtered(table: Table, parameters: JsonObject): Changed {
  const kept = filterRows(table, parameters);
  const facts = {
    criteria: parameters["criteria"] ?? parameters["condition"] ?? null,
    original_count: table.rows.length,
    filtered_count: kept.rows.length,
  };
  return { kind: "rows", table: kept, facts };
}

function aggregated(table: Table, parameters: JsonObject): Changed {
  const found = aggregate(table, parameters);
  if (found.kind === "object") {
    return found;
  }
  const facts = { group_by: parameters["group_by"] ?? [], groups: found.table.rows.length };
  return { ...found, facts };
}

function transformed(table: Table, parameters: JsonObject): Changed {
  const { outcome, applied } = transform(table, parameters);
  return outcome.kind === "object"
    ? outcome
    : { ...outcome, facts: { operations_applied: applied } };
}

function withColumns(table: Table): Changed {
  return { kind: "rows", table, facts: { columns: columnsOf(table) } };
}

/** `data` is text in every format; `processed_data` is native for JSON (L193, L195). */
function converted(source: Source, parameters: JsonObject): JsonObject {
  const format = outputFormat(parameters, "json");
  const { content } = source;
  const wrapping = content.kind === "table" ? content.wrapping : null;
  const native: Json = content.kind === "table" ? wrapped(content.table, wrapping) : content.value;
  const text =
    content.kind === "table" && wrapping === null
      ? writeTable(content.table, format)
      : writeWrapped(content, format);
  return {
    action: "convert",
    processed_data: format === "json" ? native : text,
    data: text,
    row_count: content.kind === "table" ? content.table.rows.length : 1,
    output_format: format,
    target_format: format,
    original_type: source.type,
  };
}

function writeWrapped(content: Source["content"], format: OutputFormat): string {
  if (content.kind === "value") {
    return writeValue(content.value, format);
  }
  return format === "json" || format === "yaml"
    ? writeValue(wrapped(content.table, content.wrapping), format)
    : writeTable(content.table, format);
}

function tableResult(
  table: Table,
  {
    action,
    format,
    facts,
    wrapping,
  }: {
    readonly action: string;
    readonly format: OutputFormat;
    readonly facts: JsonObject;
    readonly wrapping: Wrapping | null;
  },
): JsonObject {
  const data =
    format === "json"
      ? wrapped(table, wrapping)
      : writeWrapped({ kind: "table", table, wrapping }, format);
  return {
    action,
    processed_data: data,
    data,
    row_count: table.rows.length,
    output_format: format,
    ...facts,
  };
}

/** Figures are no rows: they are native unless another format was asked for. */
function objectResult(
  object: JsonObject,
  {
    action,
    parameters,
    rowCount,
  }: { readonly action: string; readonly parameters: JsonObject; readonly rowCount: number },
): JsonObject {
  const format = outputFormat(parameters, "json");
  const data = format === "json" ? object : writeValue(object, format);
  return {
    action,
    processed_data: data,
    data,
    row_count: rowCount,
    output_format: format,
    ...object,
  };
}

function wrapped({ rows }: Table, wrapping: Wrapping | null): Json {
  return wrapping === null ? rows : { ...wrapping.object, [wrapping.key]: rows };
}

function outputFormat(parameters: JsonObject, fallback: OutputFormat): OutputFormat {
  return optionalText(parameters, "output_format") === undefined
    ? fallback
    : wordParameter(parameters, "output_format", OUTPUT_FORMATS);
}
