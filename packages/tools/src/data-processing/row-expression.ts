import { type Value, createBudget, evaluateRow, parseRowExpression } from "@orchestrator/template";

import { DataError, invalidParameter } from "./data-error.ts";
import type { Row } from "./table.ts";

/** An expression over the columns of a row (L197); `number` of the row, from 1, is for messages. */
export type RowExpression = (row: Row, number: number) => Value;

/** Reads an expression once, for all rows. */
export function rowExpression(source: string): RowExpression {
  const parsed = parseRowExpression(source);
  if (parsed.kind === "refused") {
    const reasons = parsed.problems.map(({ message }) => message).join("; ");
    throw invalidParameter(`expression ${source}: ${reasons}`);
  }
  const expression = parsed.value;
  return (row, number) => {
    const rendered = evaluateRow(expression, row, createBudget());
    switch (rendered.kind) {
      case "value":
        return rendered.value;
      case "unresolved": {
        const names = rendered.references.map((reference) => reference.expression).join(", ");
        throw new DataError(`row ${number}: ${source}: no value for ${names}`);
      }
      case "failed":
        throw new DataError(`row ${number}: ${source}: ${rendered.message}`);
    }
  };
}
