import type { JsonObject } from "@orchestrator/pipeline";
import type { Json } from "@orchestrator/template";

import { namesParameter, wordParameter } from "../parameters.ts";
import { cellText, isEmptyCell, numberOf } from "./cell.ts";
import { DataError } from "./data-error.ts";
import { greatest, least, mean, standardDeviation } from "./statistics.ts";
import { type Row, type Table, cellOf, checkColumns, columnsOf } from "./table.ts";

/** Scales columns to 0…1, or to standard deviations from the mean (L196); all columns of numbers unless named. */
export function normalize(table: Table, parameters: JsonObject): Table {
  const method = wordParameter({ method: "min-max", ...parameters }, "method", [
    "min-max",
    "z-score",
  ]);
  const named = namesParameter(parameters, "columns");
  checkColumns(table, named);
  const columns =
    named.length === 0 ? columnsOf(table).filter((each) => isNumeric(table, each)) : named;
  const scales = columns.map((column) => {
    const numbers = numbersOf(table.rows, column);
    return { column, scale: method === "min-max" ? toUnit(numbers) : toDeviations(numbers) };
  });
  const rows = table.rows.map((row): Row => {
    const cells = scales.map(({ column, scale }): [string, Json] => {
      const number = numberOf(cellOf(row, column));
      return [column, number === undefined ? null : scale(number)];
    });
    return { ...row, ...Object.fromEntries(cells) };
  });
  return { ...table, rows };
}

function isNumeric({ rows }: Table, column: string): boolean {
  const cells = rows.map((row) => cellOf(row, column)).filter((cell) => !isEmptyCell(cell));
  return cells.length > 0 && cells.every((cell) => numberOf(cell) !== undefined);
}

function numbersOf(rows: readonly Row[], column: string): number[] {
  return rows.flatMap((row, i) => {
    const cell = cellOf(row, column);
    const number = numberOf(cell);
    if (number === undefined && !isEmptyCell(cell)) {
      throw new DataError(`row ${i + 1}: ${column}: ${cellText(cell)} is no number`);
    }
    return number ?? [];
  });
}

type Scale = (number: number) => number;

/** What does not vary is 0. */
function toUnit(numbers: readonly number[]): Scale {
  const low = least(numbers) ?? 0;
  const range = (greatest(numbers) ?? 0) - low;
  return (number) => (range === 0 ? 0 : (number - low) / range);
}

function toDeviations(numbers: readonly number[]): Scale {
  const center = mean(numbers) ?? 0;
  const deviation = standardDeviation(numbers) ?? 0;
  return (number) => (deviation === 0 ? 0 : (number - center) / deviation);
}
