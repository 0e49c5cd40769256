import {
  type FieldType,
  fit,
  type JsonObject,
  type OperationSpec,
  type ParameterSpec,
} from "@orchestrator/pipeline";
import type { Json } from "@orchestrator/template";

import { catalogue } from "./catalogue/catalogue.ts";
import type { ToolCall } from "./tool.ts";

/** An operation that a model may call, as a function with arguments (L142). */
export type OfferedOperation = {
  /** Letters, digits, `_` and `-`. */
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the arguments. */
  readonly parameters: Json;
  /** A host program: it works in a directory of its own (L190). */
  readonly isProgram: boolean;
  /** The call that arguments make, or what is wrong with them. */
  readonly call: (argumentsJson: string) => ToolCall | { readonly problem: string };
};

/** What names of tools offer: `filesystem`, or one operation, `filesystem.read`. A text says which name offers nothing. */
export function offeredOperations(names: readonly string[]): readonly OfferedOperation[] | string {
  const offered = new Map<string, OfferedOperation>();
  for (const name of names) {
    const found = operationsNamed(name);
    if (found.length === 0) {
      return `${name} is no tool that a model may be offered; these are: ${offerable().join(", ")}`;
    }
    found.forEach((each) => offered.set(each.name, each));
  }
  return [...offered.values()];
}

/** Names of the tools that can be offered. */
export function offerable(): readonly string[] {
  return catalogue.tools
    .filter(({ name, operations }) => operations.some((each) => isOfferable(name, each)))
    .map(({ name }) => name);
}

/** Tools that run whole pipelines. */
const PIPELINES: ReadonlySet<string> = new Set(["pipeline-executor"]);

/** People, models and pipelines are not offered to models; the rest is (L142). */
function isOfferable(tool: string, { nature }: OperationSpec): boolean {
  return nature !== "model" && nature !== "person" && !PIPELINES.has(tool);
}

function operationsNamed(word: string): readonly OfferedOperation[] {
  const [toolWord = "", operationWord] = word.trim().split(".");
  const tool = catalogue.tools.find((each) => isNamed(each, toolWord));
  const operations = (tool?.operations ?? []).filter(
    (each) =>
      isOfferable(tool?.name ?? "", each) &&
      (operationWord === undefined || isNamed(each, operationWord)),
  );
  return tool === undefined ? [] : operations.map((spec) => offered(tool.name, spec));
}

function isNamed(
  { name, aliases }: { readonly name: string; readonly aliases: readonly string[] },
  word: string,
): boolean {
  return [name, ...aliases].some((each) => normal(each) === normal(word));
}

function normal(name: string): string {
  return name.trim().toLowerCase().replaceAll("_", "-");
}

function offered(tool: string, spec: OperationSpec): OfferedOperation {
  return {
    name: `${tool}_${spec.name}`,
    description: spec.description,
    parameters: schemaOf(spec),
    isProgram: spec.nature === "program",
    call: (argumentsJson) => callFrom({ tool, spec }, argumentsJson),
  };
}

function schemaOf({ parameters }: OperationSpec): Json {
  const properties = Object.fromEntries(
    parameters.map((parameter) => [parameter.name, propertyOf(parameter)]),
  );
  const required = parameters.flatMap(({ name, required: must }) => (must ? [name] : []));
  return { type: "object", properties, required, additionalProperties: false };
}

function propertyOf({ type, description, default: fallback }: ParameterSpec): Json {
  const about = fallback === undefined ? { description } : { description, default: fallback };
  return type.kind === "enum"
    ? { type: "string", enum: type.values, ...about }
    : { ...TYPES[type.kind], ...about };
}

const TYPES: Readonly<Record<Exclude<FieldType["kind"], "enum">, JsonObject>> = {
  string: { type: "string" },
  path: { type: "string" },
  file: { type: "string" },
  model: { type: "string" },
  duration: { type: "string" },
  condition: { type: "string" },
  integer: { type: "integer" },
  number: { type: "number" },
  boolean: { type: "boolean" },
  array: { type: "array" },
  object: { type: "object" },
  any: {},
};

function callFrom(
  { tool, spec }: { readonly tool: string; readonly spec: OperationSpec },
  argumentsJson: string,
): ToolCall | { readonly problem: string } {
  const given = objectFrom(argumentsJson);
  if (given === undefined) {
    return { problem: "the arguments are no JSON object" };
  }
  const fitted: [string, Json][] = [];
  for (const [key, value] of Object.entries(given)) {
    const parameter = spec.parameters.find(({ name, aliases }) => [name, ...aliases].includes(key));
    if (parameter === undefined) {
      return { problem: `there is no parameter ${key}` };
    }
    const outcome = value === null ? undefined : fit(value, parameter.type);
    if (outcome?.kind === "misfit") {
      return { problem: `${key} ${outcome.message}` };
    }
    fitted.push([parameter.name, outcome?.value ?? null]);
  }
  return { tool, operation: spec.name, parameters: Object.fromEntries(fitted) };
}

function objectFrom(text: string): JsonObject | undefined {
  try {
    const value: Json = JSON.parse(text.trim() === "" ? "{}" : text);
    return isObject(value) ? value : undefined;
  } catch {
    // The model is told; it may write it better.
    return undefined;
  }
}

function isObject(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
