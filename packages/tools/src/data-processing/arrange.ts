import type { JsonObject } from "@orchestrator/pipeline";

import { namesParameter, numberParameter } from "../parameters.ts";
import { compareCells, isEmptyCell } from "./cell.ts";
import { invalidParameter } from "./data-error.ts";
import { type Row, type Table, cellOf, checkColumns, columnsOf } from "./table.ts";

/** Orders rows by columns, those with an empty cell last; rows that are equal stay as they are. */
export function sort(table: Table, parameters: JsonObject): Table {
  const by = namesParameter(parameters, "by");
  if (by.length === 0) {
    throw invalidParameter("sort needs by");
  }
  checkColumns(table, by);
  const direction = parameters["ascending"] === false ? -1 : 1;
  return { ...table, rows: table.rows.toSorted((a, b) => order(a, b, { by, direction })) };
}

/** Keeps columns, in the order asked for. */
export function select(table: Table, parameters: JsonObject): Table {
  const columns = namesParameter(parameters, "columns");
  checkColumns(table, columns);
  const rows = table.rows.map((row) =>
    Object.fromEntries(columns.map((column) => [column, cellOf(row, column) ?? null])),
  );
  return { rows, columns };
}

/** Leaves columns out. */
export function drop(table: Table, parameters: JsonObject): Table {
  const dropped = new Set(namesParameter(parameters, "columns"));
  checkColumns(table, [...dropped]);
  const rows = table.rows.map((row) =>
    Object.fromEntries(Object.entries(row).filter(([column]) => !dropped.has(column))),
  );
  return { rows, columns: columnsOf(table).filter((column) => !dropped.has(column)) };
}

/** Keeps `n` rows after `offset`. */
export function limit(table: Table, parameters: JsonObject): Table {
  const n = numberParameter(parameters, "n");
  const offset = numberParameter(parameters, "offset") ?? 0;
  if (n === undefined || n < 0 || offset < 0) {
    throw invalidParameter("limit needs n, and n and offset of at least 0");
  }
  return { columns: columnsOf(table), rows: table.rows.slice(offset, offset + n) };
}

function order(
  a: Row,
  b: Row,
  { by, direction }: { readonly by: readonly string[]; readonly direction: 1 | -1 },
): number {
  for (const column of by) {
    const [left, right] = [cellOf(a, column), cellOf(b, column)];
    const empties = Number(isEmptyCell(left)) - Number(isEmptyCell(right));
    const compared = direction * (compareCells(left, right) ?? 0);
    if (empties !== 0 || compared !== 0) {
      return empties === 0 ? compared : empties;
    }
  }
  return 0;
}
