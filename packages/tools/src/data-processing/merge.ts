import type { JsonObject } from "@orchestrator/pipeline";
import type { Json } from "@orchestrator/template";

import { isMapping, listParameter, optionalText, wordParameter } from "../parameters.ts";
import { isEmptyCell, keyOf } from "./cell.ts";
import { invalidParameter } from "./data-error.ts";
import { type SourceOptions, readSource, tableOf } from "./source.ts";
import { type Row, type Table, cellOf, checkColumns, checkRowCount, columnsOf } from "./table.ts";

/** What several data sets make together (L195). */
export type Merged = { readonly table: Table; readonly facts: JsonObject };

/** Merges data sets by `merge_strategy`. */
export function merge(parameters: JsonObject, options: SourceOptions): Merged {
  const sets = listParameter(parameters, "datasets").map((each, i) => dataSet(each, i));
  const table = merged(sets, { parameters, options });
  checkRowCount(table.rows.length);
  const columns = columnsOf(table);
  return {
    table,
    facts: {
      datasets_merged: sets.length,
      total_rows: table.rows.length,
      total_columns: columns.length,
      columns,
    },
  };
}

type DataSet = { readonly name: string; readonly data: Json };

function merged(
  sets: readonly DataSet[],
  { parameters, options }: { readonly parameters: JsonObject; readonly options: SourceOptions },
): Table {
  const strategy = wordParameter(parameters, "merge_strategy", ["combine", "concat", "join"]);
  switch (strategy) {
    case "combine":
      return { rows: sets.flatMap((set) => combinedRows(set, options)) };
    case "concat":
      return { rows: sets.flatMap(({ data }) => tableOf(readSource(data, options)).table.rows) };
    case "join":
      return joined(sets, { parameters, options });
  }
}

function dataSet(value: Json, index: number): DataSet {
  if (isMapping(value) && Object.hasOwn(value, "data")) {
    const name = typeof value["name"] === "string" ? value["name"] : `dataset_${index + 1}`;
    return { name, data: value["data"] ?? null };
  }
  throw invalidParameter(`datasets[${index}] must be an object with name and data`);
}

function combinedRows({ name, data }: DataSet, options: SourceOptions): Row[] {
  const { content } = readSource(data, options);
  return content.kind === "table"
    ? content.table.rows.map((row) => ({ _source: name, ...row }))
    : [{ _source: name, value: content.value }];
}

type JoinType = "inner" | "left" | "right" | "outer";

function joined(
  sets: readonly DataSet[],
  { parameters, options }: { readonly parameters: JsonObject; readonly options: SourceOptions },
): Table {
  const on = optionalText(parameters, "join_on");
  if (on === undefined) {
    throw invalidParameter("a join needs join_on");
  }
  const type = wordParameter(parameters, "join_type", ["inner", "left", "right", "outer"]);
  const [first, ...rest] = sets.map(({ name, data }) => ({
    name,
    table: tableOf(readSource(data, options)).table,
  }));
  if (first === undefined) {
    return { rows: [] };
  }
  checkColumns(first.table, [on]);
  return rest.reduce((left, right) => joinTwo(left, right, { on, type }), first.table);
}

function joinTwo(
  left: Table,
  right: { readonly name: string; readonly table: Table },
  { on, type }: { readonly on: string; readonly type: JoinType },
): Table {
  checkColumns(right.table, [on]);
  const taken = new Set(columnsOf(left));
  const candidates = renamedRows(right, { on, taken });
  const byKey = rowsByKey(candidates, on);
  const matched = new Set<Row>();
  const rows: Row[] = [];
  for (const row of left.rows) {
    const partners = byKey.get(joinKey(row, on) ?? "") ?? [];
    for (const partner of partners) {
      matched.add(partner);
      rows.push({ ...partner, ...row });
      checkRowCount(rows.length);
    }
    if (partners.length === 0 && (type === "left" || type === "outer")) {
      rows.push(row);
    }
  }
  if (type === "right" || type === "outer") {
    for (const row of candidates.filter((each) => !matched.has(each))) {
      rows.push(row);
    }
  }
  const columns = [...new Set([...taken, ...columnsOf({ rows: candidates })])];
  return { rows: rows.map((row) => inOrder(row, columns)), columns };
}

/** Columns that the left side has too get the name of the data set. */
function renamedRows(
  { name, table }: { readonly name: string; readonly table: Table },
  { on, taken }: { readonly on: string; readonly taken: ReadonlySet<string> },
): Row[] {
  const newName = (column: string): string =>
    column !== on && taken.has(column) ? `${column}_${name}` : column;
  return table.rows.map((row) =>
    Object.fromEntries(Object.entries(row).map(([column, cell]) => [newName(column), cell])),
  );
}

function rowsByKey(rows: readonly Row[], on: string): ReadonlyMap<string, readonly Row[]> {
  const found = new Map<string, Row[]>();
  for (const row of rows) {
    const key = joinKey(row, on);
    if (key !== undefined) {
      const group = found.get(key) ?? [];
      group.push(row);
      found.set(key, group);
    }
  }
  return found;
}

/** Nothing is joined to an empty cell. */
function joinKey(row: Row, on: string): string | undefined {
  const cell = cellOf(row, on);
  return isEmptyCell(cell) ? undefined : keyOf(cell);
}

/** A row with every column, those it lacks `null`. */
function inOrder(row: Row, columns: readonly string[]): Row {
  return Object.fromEntries(columns.map((column) => [column, cellOf(row, column) ?? null]));
}
