import type { JsonObject } from "@orchestrator/pipeline";
import { type Json, jsonOf } from "@orchestrator/template";

import { DataError } from "../data-processing/data-error.ts";
import { rowExpression } from "../data-processing/row-expression.ts";
import { isList, isMapping, mappingParameter } from "../parameters.ts";
import { type ToolOutcome, done, failed } from "../tool.ts";

/** Makes an object of expressions over `data`, and over `parsed_data`, which is what text that is JSON says (L185). */
export function process(parameters: JsonObject): Promise<ToolOutcome> {
  const data = parameters["data"] ?? null;
  const names = { data, parsed_data: parsed(data) };
  try {
    const spec = mappingParameter(parameters, "transform_spec") ?? {};
    return Promise.resolve(done(evaluated(spec, names)));
  } catch (error) {
    if (error instanceof DataError) {
      return Promise.resolve(failed(error.code, error.message));
    }
    throw error;
  }
}

/** A text is an expression; what holds texts is looked through, and other values stay. */
function evaluated(spec: Json, names: JsonObject): Json {
  if (typeof spec === "string") {
    return jsonOf(rowExpression(spec)(names, 1));
  }
  if (isList(spec)) {
    return spec.map((item) => evaluated(item, names));
  }
  return isMapping(spec)
    ? Object.fromEntries(Object.entries(spec).map(([key, each]) => [key, evaluated(each, names)]))
    : spec;
}

function parsed(data: Json): Json {
  if (typeof data !== "string") {
    return data;
  }
  try {
    const value: Json = JSON.parse(data);
    return value;
  } catch {
    return data; // Text that is no JSON stands for itself.
  }
}
