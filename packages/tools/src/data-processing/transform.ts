import type { JsonObject } from "@orchestrator/pipeline";
import { jsonOf, nearest, textOf } from "@orchestrator/template";

import {
  isMapping,
  listParameter,
  mappingParameter,
  namesParameter,
  textParameter,
  wordParameter,
} from "../parameters.ts";
import { aggregate, figureOf } from "./aggregate.ts";
import { drop, limit, select, sort } from "./arrange.ts";
import { cast } from "./cast.ts";
import { isEmptyCell } from "./cell.ts";
import { withoutDuplicates } from "./clean.ts";
import { rowTest } from "./criteria.ts";
import { DataError, invalidParameter } from "./data-error.ts";
import { normalize } from "./normalize.ts";
import { rowExpression } from "./row-expression.ts";
import { type Row, type Table, cellOf, checkColumns, columnsOf, withCell } from "./table.ts";

/** What changes make of a table: a table, or the figures of an aggregate that came last. */
export type Transformed =
  | { readonly kind: "rows"; readonly table: Table }
  | { readonly kind: "object"; readonly object: JsonObject };

/** Applies changes in order (L196). */
export function transform(
  table: Table,
  parameters: JsonObject,
): { readonly outcome: Transformed; readonly applied: readonly string[] } {
  const changes = changesOf(parameters);
  let outcome: Transformed = { kind: "rows", table };
  for (const change of changes) {
    if (outcome.kind === "object") {
      throw invalidParameter("nothing can follow an aggregate that has no group_by");
    }
    outcome = apply(outcome.table, change);
  }
  return { outcome, applied: changes.map(({ type }) => type) };
}

type Change = { readonly type: string; readonly parameters: JsonObject };

function changesOf(parameters: JsonObject): Change[] {
  const listed = listParameter(parameters, "operations");
  const all = listed.length === 0 && Object.hasOwn(parameters, "type") ? [parameters] : listed;
  if (all.length === 0) {
    throw invalidParameter("transform needs operations, or the type of one");
  }
  return all.map((each, i) => {
    if (!isMapping(each) || typeof each["type"] !== "string") {
      throw invalidParameter(`operations[${i}] must be an object with a type`);
    }
    return { type: each["type"].trim().toLowerCase().replaceAll("-", "_"), parameters: each };
  });
}

function apply(table: Table, { type, parameters }: Change): Transformed {
  if (type === "aggregate") {
    return figures(table, parameters);
  }
  const change = CHANGES.get(type);
  if (change === undefined) {
    const [near] = nearest(type, [...CHANGES.keys(), "aggregate"]);
    const hint = near === undefined ? "" : `; did you mean ${near}?`;
    throw invalidParameter(`unknown_operation: transform has no type ${type}${hint}`);
  }
  return { kind: "rows", table: change(table, parameters) };
}

type ChangeFunction = (table: Table, parameters: JsonObject) => Table;

const CHANGES: ReadonlyMap<string, ChangeFunction> = new Map([
  ["filter", filterRows],
  ["rename_fields", rename],
  ["add_field", addField],
  ["deduplicate", deduplicate],
  ["cast", cast],
  ["fill_missing", fillMissing],
  ["calculate", calculate],
  ["normalize", normalize],
  ["sort", sort],
  ["select", select],
  ["drop", drop],
  ["limit", limit],
]);

/** Keeps the rows that match (L195). */
export function filterRows(table: Table, parameters: JsonObject): Table {
  const holds = rowTest(parameters);
  return { columns: columnsOf(table), rows: table.rows.filter((row, i) => holds(row, i + 1)) };
}

function figures(table: Table, parameters: JsonObject): Transformed {
  const { operation, field } = parameters;
  if (operation === undefined || field === undefined) {
    return aggregate(table, parameters);
  }
  const [word, column] = [textOf(operation), textOf(field)];
  checkColumns(table, [column]);
  const result = figureOf(
    word,
    table.rows.map((row) => cellOf(row, column)),
  );
  const aggregation = { operation: word, field: column, result };
  return { kind: "object", object: { filtered_records: table.rows, aggregation } };
}

function rename(table: Table, parameters: JsonObject): Table {
  const mapping = mappingParameter(parameters, "mapping");
  if (mapping === undefined) {
    throw invalidParameter("rename_fields needs a mapping");
  }
  checkColumns(table, Object.keys(mapping));
  const newName = (column: string): string =>
    Object.hasOwn(mapping, column) ? textOf(mapping[column] ?? null) : column;
  const columns = columnsOf(table).map(newName);
  const twice = columns.find((column, i) => columns.indexOf(column) !== i);
  if (twice !== undefined) {
    throw new DataError(`two columns would be named ${twice}`);
  }
  const rows = table.rows.map((row) =>
    Object.fromEntries(Object.entries(row).map(([column, cell]) => [newName(column), cell])),
  );
  return { rows, columns };
}

function addField(table: Table, parameters: JsonObject): Table {
  const field = textParameter(parameters, "field");
  if (field === "") {
    throw invalidParameter("add_field needs a field");
  }
  const value = parameters["value"] ?? null;
  return { ...table, rows: table.rows.map((row) => withCell(row, field, value)) };
}

function deduplicate(table: Table, parameters: JsonObject): Table {
  const named = namesParameter(parameters, "columns");
  checkColumns(table, named);
  const keep = wordParameter({ keep: "first", ...parameters }, "keep", ["first", "last"]);
  const columns = named.length === 0 ? columnsOf(table) : named;
  return { ...table, rows: withoutDuplicates({ rows: table.rows, columns }, { keep }) };
}

function fillMissing(table: Table, parameters: JsonObject): Table {
  const strategy = mappingParameter(parameters, "strategy");
  if (strategy === undefined) {
    throw invalidParameter("fill_missing needs a strategy: values by column");
  }
  const rows = table.rows.map((row): Row => {
    const gaps = Object.entries(strategy).filter(([column]) => isEmptyCell(cellOf(row, column)));
    return { ...row, ...Object.fromEntries(gaps) };
  });
  return { ...table, rows };
}

function calculate(table: Table, parameters: JsonObject): Table {
  const expressions = mappingParameter(parameters, "expressions");
  if (expressions === undefined) {
    throw invalidParameter("calculate needs expressions by column");
  }
  const ready = Object.entries(expressions).map(([column, source]) => ({
    column,
    expression: rowExpression(textOf(source)),
  }));
  const rows = table.rows.map((row, i) =>
    // A later expression sees the columns of those before it.
    ready.reduce<Row>(
      (found, { column, expression }) => withCell(found, column, jsonOf(expression(found, i + 1))),
      row,
    ),
  );
  return { ...table, rows };
}
