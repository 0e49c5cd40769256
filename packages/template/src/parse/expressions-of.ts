import { argumentNodes } from "./children.ts";
import type { FilterCall, Node } from "./nodes.ts";
import type { Statement } from "./statements.ts";

/** Every expression that stands in statements, whole. */
export function expressionsOf(statements: readonly Statement[]): Node[] {
  return statements.flatMap((statement) => [
    ...own(statement),
    ...expressionsOf(bodies(statement)),
  ]);
}

function own(statement: Statement): readonly Node[] {
  switch (statement.kind) {
    case "text":
      return [];
    case "print":
    case "set":
      return [statement.value];
    case "if":
      return statement.branches.map(({ test }) => test);
    case "for":
      return statement.condition === null
        ? [statement.source]
        : [statement.source, statement.condition];
    case "with":
      return statement.bindings.map(({ value }) => value);
    case "capture":
    case "filter":
      return statement.filters.flatMap((call: FilterCall) => argumentNodes(call.args));
  }
}

function bodies(statement: Statement): readonly Statement[] {
  switch (statement.kind) {
    case "text":
    case "print":
    case "set":
      return [];
    case "if":
      return [...statement.branches.flatMap(({ body }) => body), ...statement.otherwise];
    case "for":
      return [...statement.body, ...statement.otherwise];
    case "with":
    case "capture":
    case "filter":
      return statement.body;
  }
}
