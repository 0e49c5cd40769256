import type { JsonObject } from "@orchestrator/pipeline";
import { type Json, jsonOf, textOf } from "@orchestrator/template";

import { numberOf } from "../data-processing/cell.ts";
import { DataError } from "../data-processing/data-error.ts";
import { rowExpression } from "../data-processing/row-expression.ts";
import { greatest, least, mean, median, sum } from "../data-processing/statistics.ts";
import { isList, isMapping, mappingParameter, optionalText } from "../parameters.ts";
import { type ToolOutcome, done, failed } from "../tool.ts";

/** Computes an expression, several by name, or a figure of numbers (L185). */
export function calculate(parameters: JsonObject): Promise<ToolOutcome> {
  try {
    return Promise.resolve(done(calculated(parameters)));
  } catch (error) {
    if (error instanceof DataError) {
      return Promise.resolve(failed(error.code, error.message));
    }
    throw error;
  }
}

function calculated(parameters: JsonObject): Json {
  const { inputs } = parameters;
  const names = isMapping(inputs) ? inputs : {};
  const expression = optionalText(parameters, "expression");
  if (expression !== undefined) {
    return valueOf(expression, names);
  }
  const expressions = mappingParameter(parameters, "expressions");
  if (expressions !== undefined) {
    return named(expressions, names);
  }
  const word = optionalText(parameters, "operation") ?? "";
  const key = word.trim().toLowerCase().replaceAll("-", "_");
  if (key === "update_variables") {
    return mappingParameter(parameters, "variables") ?? names;
  }
  const figure = FIGURES.get(key);
  const given = parameters["values"] ?? inputs ?? [];
  return figure === undefined ? labelled(word, names) : figure(numbersOf(given));
}

/** Each expression sees the values of those before it. */
function named(expressions: JsonObject, inputs: JsonObject): JsonObject {
  const values = new Map<string, Json>();
  for (const [name, source] of Object.entries(expressions)) {
    values.set(name, valueOf(textOf(source), { ...inputs, ...Object.fromEntries(values) }));
  }
  return Object.fromEntries(values);
}

/** The inputs are names, and `inputs` is all of them. */
function valueOf(source: string, inputs: JsonObject): Json {
  return jsonOf(rowExpression(source)({ inputs, ...inputs }, 1));
}

function numbersOf(given: Json): number[] {
  const values = isMapping(given) ? Object.values(given) : isList(given) ? given : [given];
  return values.map((value, i) => {
    const number = numberOf(value);
    if (number === undefined) {
      throw new DataError(`value ${i + 1} is no number: ${textOf(value)}`);
    }
    return number;
  });
}

/** The word of somebody's own for what was put together. */
function labelled(operation: string, inputs: JsonObject): JsonObject {
  const numeric = Object.entries(inputs).flatMap(([name, value]): [string, number][] => {
    const number = numberOf(value);
    return number === undefined ? [] : [[name, number]];
  });
  const numbers = numeric.map(([, number]) => number);
  return {
    operation,
    ...Object.fromEntries(numeric),
    total: sum(numbers),
    count: numbers.length,
  };
}

const FIGURES: ReadonlyMap<string, (numbers: readonly number[]) => number | null> = new Map([
  ["sum", sum],
  ["mean", mean],
  ["min", least],
  ["max", greatest],
  ["count", (numbers: readonly number[]) => numbers.length],
  ["median", median],
  ["product", (numbers: readonly number[]) => numbers.reduce((all, each) => all * each, 1)],
]);
