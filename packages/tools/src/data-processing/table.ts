import type { Json } from "@orchestrator/template";

import { TOOL_LIMITS } from "../limits.ts";
import { DataError } from "./data-error.ts";

/** A row by column. */
export type Row = { readonly [column: string]: Json };

/** Rows with the columns that are known beside those that rows show, such as a header's. */
export type Table = { readonly rows: readonly Row[]; readonly columns?: readonly string[] };

/** A cell of a row; undefined where the row has none. */
export function cellOf(row: Row, column: string): Json | undefined {
  return Object.hasOwn(row, column) ? row[column] : undefined;
}

/** The columns of a table by first appearance (L192). */
export function columnsOf({ rows, columns = [] }: Table): readonly string[] {
  const found = new Set(columns);
  for (const row of rows) {
    for (const column of Object.keys(row)) {
      found.add(column);
    }
  }
  return [...found];
}

/** A row with one cell replaced or added. */
export function withCell(row: Row, column: string, value: Json): Row {
  return { ...row, [column]: value };
}

/** Refuses columns that a table does not have; a table without rows may have any. */
export function checkColumns(table: Table, columns: readonly string[]): void {
  if (table.rows.length === 0) {
    return;
  }
  const known = new Set(columnsOf(table));
  const missing = columns.find((column) => !known.has(column));
  if (missing !== undefined) {
    throw new DataError(`no column ${missing} in ${[...known].join(", ")}`);
  }
}

/** Refuses more rows than may be worked off (L218). */
export function checkRowCount(count: number): void {
  if (count > TOOL_LIMITS.rows) {
    throw new DataError(`more than ${TOOL_LIMITS.rows} rows`, { code: "LIMIT_EXCEEDED" });
  }
}
