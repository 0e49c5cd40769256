import type { JsonObject, OperationSpec } from "@orchestrator/pipeline";

import { catalogue } from "./catalogue/catalogue.ts";
import { OPERATIONS } from "./operations.ts";
import { ParameterError, checkPresence, completed, isMapping } from "./parameters.ts";
import { type ToolCall, type ToolContext, type ToolOutcome, failed, stopped } from "./tool.ts";

/**
 * Carries out a call of a tool or action that asks no model.
 *
 * Expected failures are outcomes (L81, L103). A call that its signal stopped has ended, with all it started, when this
 * returns.
 */
export async function runTool(call: ToolCall, context: ToolContext): Promise<ToolOutcome> {
  const spec = SPECS.get(keyOf(call));
  const operation = OPERATIONS.get(keyOf(call));
  if (spec === undefined || operation === undefined) {
    throw new Error(`the plan calls ${keyOf(call)}, which this version cannot run`);
  }
  if (context.signal.aborted) {
    return stopped(context.signal);
  }
  try {
    const parameters = completed(spec, unfolded(spec, call.parameters));
    checkPresence(spec, parameters);
    return await operation(parameters, context);
  } catch (error) {
    if (error instanceof ParameterError) {
      return failed("PARAMETER_INVALID", error.message);
    }
    if (context.signal.aborted) {
      return stopped(context.signal);
    }
    throw error;
  }
}

const SPECS: ReadonlyMap<string, OperationSpec> = new Map([
  ...catalogue.tools.flatMap(({ name, operations }) =>
    operations.map((spec): [string, OperationSpec] => [`${name}.${spec.name}`, spec]),
  ),
  ...catalogue.actions.map(({ name, operation }): [string, OperationSpec] => [name, operation]),
]);

function keyOf({ tool, operation }: ToolCall): string {
  return tool === null ? operation : `${tool}.${operation}`;
}

/** A mapping under `operation` holds parameters (L39, L195). */
function unfolded(spec: OperationSpec, parameters: JsonObject): JsonObject {
  const { operation, ...rest } = parameters;
  const isOwn = spec.parameters.some(
    ({ name, type }) => name === "operation" && type.kind === "any",
  );
  return isOwn && isMapping(operation) ? { ...operation, ...rest } : parameters;
}
