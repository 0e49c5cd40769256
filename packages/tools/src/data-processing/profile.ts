import type { JsonObject } from "@orchestrator/pipeline";
import type { Json } from "@orchestrator/template";

import { PROFILING_OPTIONS } from "../catalogue/data-processing.ts";
import { namesParameter } from "../parameters.ts";
import { compareCells, exactKeyOf, isEmptyCell, keyOf, numberOf, timeOf } from "./cell.ts";
import { invalidParameter } from "./data-error.ts";
import {
  greatest,
  least,
  mean,
  median,
  outlierBounds,
  percentage,
  standardDeviation,
} from "./statistics.ts";
import { type Row, type Table, cellOf, columnsOf } from "./table.ts";

/** Share of the cells that must read as numbers, or dates, for a column to be of that type. */
const TYPE_SHARE = 0.8;

/** Describes a table and its columns (L195). */
export function profile(table: Table, parameters: JsonObject): JsonObject {
  const options = namesParameter(parameters, "profiling_options");
  const unknown = options.find((each) => !PROFILING_OPTIONS.some((known) => known === each));
  if (unknown !== undefined) {
    throw invalidParameter(`unknown profiling option ${unknown}: ${PROFILING_OPTIONS.join(", ")}`);
  }
  const has = (option: (typeof PROFILING_OPTIONS)[number]): boolean => options.includes(option);
  const columns = columnsOf(table);
  const entries = columns.map((name): [string, Json] => [
    name,
    columnProfile(name, table.rows, has),
  ]);
  return {
    row_count: table.rows.length,
    column_count: columns.length,
    columns: Object.fromEntries(entries),
    ...(has("duplicate_detection") ? duplicates(table.rows, columns) : {}),
  };
}

/** What most of a column's cells are. */
export function typeOfColumn(cells: readonly Json[]): "numeric" | "date" | "string" {
  const share = (read: (cell: Json) => unknown): number =>
    cells.filter((cell) => read(cell) !== undefined).length / cells.length;
  if (share(numberOf) > TYPE_SHARE) {
    return "numeric";
  }
  return share(timeOf) > TYPE_SHARE ? "date" : "string";
}

function columnProfile(
  name: string,
  rows: readonly Row[],
  has: (option: (typeof PROFILING_OPTIONS)[number]) => boolean,
): JsonObject {
  const cells = rows.flatMap((row) => {
    const cell = cellOf(row, name);
    return isEmptyCell(cell) ? [] : [cell];
  });
  const missing = rows.length - cells.length;
  const type = typeOfColumn(cells);
  const numbers = type === "numeric" ? cells.flatMap((cell) => numberOf(cell) ?? []) : [];
  const unique = new Set(cells.map(keyOf)).size;
  return {
    name,
    ...(has("missing_values")
      ? { missing_count: missing, missing_percentage: percentage(missing, rows.length) }
      : {}),
    ...(has("data_types") ? { data_type: type } : {}),
    ...(has("statistical_summary") ? summary(numbers, type === "date" ? cells : []) : {}),
    ...(has("outlier_detection") ? outliers(numbers) : {}),
    unique_count: unique,
    unique_percentage: percentage(unique, rows.length),
  };
}

function summary(numbers: readonly number[], dates: readonly Json[]): JsonObject {
  const inOrder = dates
    .filter((each) => timeOf(each) !== undefined)
    .toSorted((a, b) => compareCells(a, b) ?? 0);
  return {
    min: least(numbers) ?? inOrder[0] ?? null,
    max: greatest(numbers) ?? inOrder.at(-1) ?? null,
    mean: mean(numbers),
    median: median(numbers),
    std_dev: standardDeviation(numbers),
  };
}

function outliers(numbers: readonly number[]): JsonObject {
  const { low, high } = outlierBounds(numbers);
  const count = numbers.filter((each) => each < low || each > high).length;
  return { outlier_count: count, outlier_percentage: percentage(count, numbers.length) };
}

function duplicates(rows: readonly Row[], columns: readonly string[]): JsonObject {
  const distinct = new Set(
    rows.map((row) => exactKeyOf(columns.map((column) => cellOf(row, column)))),
  );
  const count = rows.length - distinct.size;
  return { duplicate_rows: count, duplicate_percentage: percentage(count, rows.length) };
}
