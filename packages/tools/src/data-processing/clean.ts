import type { JsonObject } from "@orchestrator/pipeline";
import type { Json } from "@orchestrator/template";

import { isSet, wordParameter } from "../parameters.ts";
import { exactKeyOf, isEmptyCell, numberOf } from "./cell.ts";
import { typeOfColumn } from "./profile.ts";
import { mean, outlierBounds } from "./statistics.ts";
import { type Row, type Table, cellOf, columnsOf } from "./table.ts";

/** A table without duplicates, gaps and outliers, as far as asked for, and how much it lost (L195). */
export type Cleaned = { readonly table: Table; readonly facts: JsonObject };

/** Cleans a table: duplicates first, then gaps, then outliers. */
export function clean(table: Table, parameters: JsonObject): Cleaned {
  const columns = columnsOf(table);
  let { rows } = table;
  if (isSet(parameters, "remove_duplicates")) {
    rows = withoutDuplicates({ rows, columns }, { keep: "first" });
  }
  rows = withoutGaps(rows, columns, wordParameter(parameters, "handle_missing", GAP_WORDS));
  if (isSet(parameters, "remove_outliers")) {
    rows = withoutOutliers(rows, columns);
  }
  return {
    table: { rows, columns },
    facts: {
      original_shape: [table.rows.length, columns.length],
      cleaned_shape: [rows.length, columns.length],
      rows_removed: table.rows.length - rows.length,
    },
  };
}

/** Keeps of rows that are equal in some columns the first or the last, in order. */
export function withoutDuplicates(
  { rows, columns = [] }: Table,
  { keep }: { readonly keep: "first" | "last" },
): readonly Row[] {
  const seen = new Set<string>();
  const kept = (keep === "first" ? rows : rows.toReversed()).filter((row) => {
    const key = exactKeyOf(columns.map((column) => cellOf(row, column)));
    const isNew = !seen.has(key);
    seen.add(key);
    return isNew;
  });
  return keep === "first" ? kept : kept.toReversed();
}

const GAP_WORDS = ["drop", "forward_fill", "backward_fill", "interpolate", "mean", "keep"] as const;

function withoutGaps(
  rows: readonly Row[],
  columns: readonly string[],
  how: (typeof GAP_WORDS)[number],
): readonly Row[] {
  switch (how) {
    case "keep":
      return rows;
    case "drop":
      return rows.filter((row) => columns.every((column) => !isEmptyCell(cellOf(row, column))));
    case "forward_fill":
      return filled(rows, columns, forward);
    case "backward_fill":
      return filled(rows, columns, (cells) => forward(cells.toReversed()).toReversed());
    case "interpolate":
      return filled(rows, columns, interpolated);
    case "mean":
      return filled(rows, columns, withMean);
  }
}

type Cells = readonly (Json | undefined)[];

/** Rows whose columns are put through a function that fills gaps; a gap that stays is left as it is. */
function filled(
  rows: readonly Row[],
  columns: readonly string[],
  fill: (cells: Cells) => Cells,
): readonly Row[] {
  const byColumn = new Map(
    columns.map((column) => [column, fill(rows.map((row) => cellOf(row, column)))]),
  );
  return rows.map((_, i) =>
    Object.fromEntries(
      columns.flatMap((column): [string, Json][] => {
        const cell = byColumn.get(column)?.[i];
        return cell === undefined ? [] : [[column, cell]];
      }),
    ),
  );
}

function forward(cells: Cells): Cells {
  let last: Json | undefined;
  return cells.map((cell) => {
    if (isEmptyCell(cell)) {
      return last ?? cell;
    }
    last = cell;
    return cell;
  });
}

/** Numbers on the straight line between the nearest two; before the first and after the last there is none. */
function interpolated(cells: Cells): Cells {
  const known = cells.flatMap((cell, i) => {
    const number = numberOf(cell);
    return number === undefined ? [] : [{ i, number }];
  });
  let next = 0;
  return cells.map((cell, i) => {
    while (next < known.length && (known[next]?.i ?? 0) < i) {
      next += 1;
    }
    const [before, after] = [known[next - 1], known[next]];
    if (!isEmptyCell(cell) || before === undefined || after === undefined) {
      return cell;
    }
    const part = (i - before.i) / (after.i - before.i);
    return before.number + (after.number - before.number) * part;
  });
}

function withMean(cells: Cells): Cells {
  const present = cells.flatMap((cell) => (isEmptyCell(cell) ? [] : [cell]));
  if (typeOfColumn(present) !== "numeric") {
    return cells;
  }
  const center = mean(present.flatMap((cell) => numberOf(cell) ?? []));
  return cells.map((cell) => (isEmptyCell(cell) ? center : cell));
}

function withoutOutliers(rows: readonly Row[], columns: readonly string[]): readonly Row[] {
  const bounds = columns.flatMap((column) => {
    const cells = rows.flatMap((row) => {
      const cell = cellOf(row, column);
      return isEmptyCell(cell) ? [] : [cell];
    });
    const numbers = cells.flatMap((cell) => numberOf(cell) ?? []);
    return typeOfColumn(cells) === "numeric" ? [{ column, ...outlierBounds(numbers) }] : [];
  });
  return rows.filter((row) =>
    bounds.every(({ column, low, high }) => {
      const number = numberOf(cellOf(row, column));
      return number === undefined || (number >= low && number <= high);
    }),
  );
}
