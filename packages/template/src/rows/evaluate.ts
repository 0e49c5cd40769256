import type { Budget } from "../budget.ts";
import type { Environment, Host, Rendered } from "../evaluate/environment.ts";
import { isMade, outcome } from "../evaluate/render.ts";
import { failed } from "../failure.ts";
import { ABSENT, type Mapping } from "../values/value.ts";
import type { Expression } from "./parse.ts";

/** Evaluates a row expression with the columns as names; numeric text counts as a number (L197). */
export function evaluateRow(expression: Expression, row: Mapping, budget: Budget): Rendered {
  const environment: Environment = {
    scope: { lookup: (name) => (Object.hasOwn(row, name) ? row[name] : undefined) },
    host: NO_RUN,
    budget,
    names: () => Object.keys(row),
  };
  return outcome({ source: expression.source, mode: "row", environment }, (frame) => {
    const value = frame.used(expression.node);
    frame.release(value);
    if (isMade(expression.node)) frame.budget.made(value);
    return value === ABSENT ? null : value;
  });
}

const NO_RUN: Host = {
  now: () => {
    throw failed("a row expression has no clock");
  },
  call: (name) => {
    throw failed(`${name}() is not available in a row expression`);
  },
};
