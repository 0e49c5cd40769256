import type { JsonObject } from "@orchestrator/pipeline";
import { type Json, nearest } from "@orchestrator/template";

import { isList, isMapping, mappingParameter, namesParameter } from "../parameters.ts";
import { compareCells, exactKeyOf, isEmptyCell, keyOf, numberOf } from "./cell.ts";
import { invalidParameter } from "./data-error.ts";
import { mean, median, standardDeviation, sum } from "./statistics.ts";
import { type Row, type Table, cellOf, checkColumns } from "./table.ts";

/** Figures of all rows, or a row of figures for every group (L195). */
export type Aggregated =
  | { readonly kind: "rows"; readonly table: Table }
  | { readonly kind: "object"; readonly object: { count: number; aggregations: JsonObject } };

/** Aggregates a table as `group_by` and `aggregations` say. */
export function aggregate(table: Table, parameters: JsonObject): Aggregated {
  const groupBy = namesParameter(parameters, "group_by");
  const figures = figuresOf(mappingParameter(parameters, "aggregations") ?? {});
  checkColumns(table, [...groupBy, ...figures.flatMap(({ column }) => column ?? [])]);
  if (groupBy.length === 0) {
    const aggregations = Object.fromEntries(
      figures.map((each) => [each.name, figure(each, table.rows)]),
    );
    return { kind: "object", object: { count: table.rows.length, aggregations } };
  }
  const groups = groupsOf(table.rows, groupBy);
  const rows = groups.map(({ cells, rows: members }) =>
    Object.fromEntries([
      ...groupBy.map((column, i): [string, Json] => [column, cells[i] ?? null]),
      ...(figures.length === 0 ? [["count", members.length] satisfies [string, Json]] : []),
      ...figures.map((each): [string, Json] => [each.name, figure(each, members)]),
    ]),
  );
  return { kind: "rows", table: { rows } };
}

/** Rows that have the same cells in some columns, by first appearance. */
export function groupsOf(
  rows: readonly Row[],
  columns: readonly string[],
): { readonly cells: readonly (Json | undefined)[]; readonly rows: readonly Row[] }[] {
  const groups = new Map<string, { cells: readonly (Json | undefined)[]; rows: Row[] }>();
  for (const row of rows) {
    const cells = columns.map((column) => cellOf(row, column));
    const key = exactKeyOf(cells);
    const group = groups.get(key) ?? { cells, rows: [] };
    group.rows.push(row);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** One figure of the cells of a column; by the name of a function (L195). */
export function figureOf(word: string, cells: readonly (Json | undefined)[]): Json {
  return functionOf(word)(cells);
}

type Figure = {
  readonly name: string;
  /** Absent for a count of rows. */
  readonly column: string | undefined;
  readonly function: string;
};

function figuresOf(aggregations: JsonObject): Figure[] {
  return Object.entries(aggregations).flatMap(([name, wanted]): Figure[] => {
    if (isMapping(wanted)) {
      const { column, field = column, function: word, operation = word } = wanted;
      if (typeof operation !== "string" || (typeof field !== "string" && operation !== "count")) {
        throw invalidParameter(`aggregation ${name} needs a column and a function`);
      }
      return [{ name, column: typeof field === "string" ? field : undefined, function: operation }];
    }
    return (isList(wanted) ? wanted : [wanted]).map((word) => {
      if (typeof word !== "string") {
        throw invalidParameter(`aggregation ${name} needs the name of a function`);
      }
      return { name: `${name}_${word}`, column: name, function: word };
    });
  });
}

function figure({ column, function: word }: Figure, rows: readonly Row[]): Json {
  return column === undefined
    ? rows.length
    : figureOf(
        word,
        rows.map((row) => cellOf(row, column)),
      );
}

type FigureFunction = (cells: readonly (Json | undefined)[]) => Json;

function functionOf(word: string): FigureFunction {
  const found = FUNCTIONS.get(word.trim().toLowerCase());
  if (found === undefined) {
    const [near] = nearest(word, FUNCTIONS.keys());
    throw invalidParameter(
      `unknown function ${word}${near === undefined ? "" : `; did you mean ${near}?`}`,
    );
  }
  return found;
}

const total = ofNumbers((numbers) => sum(numbers));
const average = ofNumbers((numbers) => mean(numbers));
const FUNCTIONS: ReadonlyMap<string, FigureFunction> = new Map([
  ["sum", total],
  ["total", total],
  ["avg", average],
  ["mean", average],
  ["average", average],
  [
    "count",
    (cells: readonly (Json | undefined)[]) => cells.filter((cell) => !isEmptyCell(cell)).length,
  ],
  [
    "count_distinct",
    (cells: readonly (Json | undefined)[]) =>
      new Set(cells.filter((cell) => !isEmptyCell(cell)).map(keyOf)).size,
  ],
  ["min", extreme((order) => order < 0)],
  ["max", extreme((order) => order > 0)],
  ["median", ofNumbers((numbers) => median(numbers))],
  ["first", (cells: readonly (Json | undefined)[]) => cells[0] ?? null],
  ["last", (cells: readonly (Json | undefined)[]) => cells.at(-1) ?? null],
  ["stddev", ofNumbers((numbers) => standardDeviation(numbers))],
]);

/** A figure of the numbers among cells; null when there is none. */
function ofNumbers(compute: (numbers: readonly number[]) => number | null): FigureFunction {
  return (cells) => {
    const numbers = cells.flatMap((cell) => numberOf(cell) ?? []);
    return numbers.length === 0 ? null : compute(numbers);
  };
}

/** The cell that comes before all others; a number where it reads as one. */
function extreme(isBefore: (order: number) => boolean): FigureFunction {
  return (cells) => {
    const best = cells
      .filter((cell) => !isEmptyCell(cell))
      .reduce(
        (found, cell) =>
          isBefore(compareCells(cell, found) ?? 0) || found === undefined ? cell : found,
        undefined,
      );
    return numberOf(best) ?? best ?? null;
  };
}
