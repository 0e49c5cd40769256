import type { JsonObject } from "@orchestrator/pipeline";
import { type Json, isTrue, nearest } from "@orchestrator/template";

import { isList, isMapping } from "../parameters.ts";
import { areEqual, cellText, compareCells, isEmptyCell } from "./cell.ts";
import { DataError, invalidParameter } from "./data-error.ts";
import { rowExpression } from "./row-expression.ts";
import { type Row, cellOf } from "./table.ts";

/** Says of a row, with its number from 1, whether it is kept. */
export type RowTest = (row: Row, number: number) => boolean;

/** The test that `criteria`, `any_of` and `condition` make together: all that are given must hold (L195). */
export function rowTest(parameters: JsonObject): RowTest {
  const { criteria, any_of: anyOf, condition, field } = parameters;
  const tests: RowTest[] = [];
  if (criteria !== undefined && criteria !== null) {
    tests.push(criteriaTest(criteria));
  }
  if (anyOf !== undefined && anyOf !== null) {
    tests.push(anyTest(anyOf));
  }
  if (typeof condition === "string" && condition.trim() !== "") {
    const expression = rowExpression(condition);
    tests.push((row, number) => isTrue(expression(row, number)));
  } else if (typeof condition === "boolean") {
    tests.push(() => condition);
  }
  if (typeof field === "string") {
    tests.push(fieldTest(field, parameters["value"] ?? null));
  }
  if (tests.length === 0) {
    throw invalidParameter("filter needs criteria or a condition");
  }
  return (row, number) => tests.every((test) => test(row, number));
}

function criteriaTest(criteria: Json): RowTest {
  if (!isMapping(criteria)) {
    throw invalidParameter("criteria must be an object");
  }
  const tests = Object.entries(criteria).map(([field, wanted]) =>
    field === "any_of" ? anyTest(wanted) : fieldTest(field, wanted),
  );
  return (row, number) => tests.every((test) => test(row, number));
}

function anyTest(alternatives: Json): RowTest {
  if (!isList(alternatives)) {
    throw invalidParameter("any_of must be a list of criteria");
  }
  const tests = alternatives.map(criteriaTest);
  return (row, number) => tests.some((test) => test(row, number));
}

/** A value alone means equal, a list one of its values, an object operators that must all hold. */
function fieldTest(field: string, wanted: Json): RowTest {
  if (!isMapping(wanted)) {
    const operator = isList(wanted) ? isIn : areEqual;
    return (row) => operator(cellOf(row, field), wanted);
  }
  const tests = Object.entries(wanted).map(([word, operand]): RowTest => {
    const operator = operatorOf(word);
    return (row) => operator(cellOf(row, field), operand);
  });
  return (row, number) => tests.every((test) => test(row, number));
}

type Operator = (cell: Json | undefined, operand: Json) => boolean;

function operatorOf(word: string): Operator {
  const operator = OPERATORS.get(word.trim().toLowerCase());
  if (operator === undefined) {
    const [near] = nearest(word, OPERATORS.keys());
    const hint = near === undefined ? "" : `; did you mean ${near}?`;
    throw invalidParameter(`unknown operator ${word}${hint}`);
  }
  return operator;
}

const gte: Operator = ordered((order) => order >= 0);
const lte: Operator = ordered((order) => order <= 0);
const isIn: Operator = (cell, operand) => listOf(operand).some((each) => areEqual(cell, each));
const OPERATORS: ReadonlyMap<string, Operator> = new Map<string, Operator>(
  Object.entries({
    eq: areEqual,
    ne: (cell, operand) => !areEqual(cell, operand),
    gt: ordered((order) => order > 0),
    gte,
    lt: ordered((order) => order < 0),
    lte,
    in: isIn,
    not_in: (cell, operand) => !isIn(cell, operand),
    contains: (cell, operand) =>
      cell !== undefined && isList(cell)
        ? cell.some((each) => areEqual(each, operand))
        : cellText(cell).includes(cellText(operand)),
    startswith: (cell, operand) => cellText(cell).startsWith(cellText(operand)),
    endswith: (cell, operand) => cellText(cell).endsWith(cellText(operand)),
    exists: (cell, operand) => !isEmptyCell(cell) === isTrue(operand),
    between: (cell, operand) => {
      const [low, high, ...more] = listOf(operand);
      if (low === undefined || high === undefined || more.length > 0) {
        throw invalidParameter("between needs a list of two values");
      }
      return gte(cell, low) && lte(cell, high);
    },
    regex: matches,
  } satisfies Readonly<Record<string, Operator>>),
);

function ordered(holds: (order: number) => boolean): Operator {
  return (cell, operand) => {
    const order = compareCells(cell, operand);
    return order !== undefined && holds(order);
  };
}

/** Matches as the filter of row expressions does, with its syntax and its bounds (L67). */
const search = lazy(() => rowExpression("(text | regex_search(pattern)) is defined"));

function matches(cell: Json | undefined, operand: Json): boolean {
  try {
    return isTrue(search()({ text: cellText(cell), pattern: cellText(operand) }, 1));
  } catch (error) {
    throw error instanceof DataError
      ? new DataError(`regex ${cellText(operand)}: ${error.message}`, { cause: error })
      : error;
  }
}

function listOf(operand: Json): readonly Json[] {
  return isList(operand) ? operand : [operand];
}

function lazy<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
