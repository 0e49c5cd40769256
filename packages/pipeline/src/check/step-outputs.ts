import type { Json } from "@orchestrator/template";

import { type Context, find, joinPath } from "../desugar/context.ts";
import type { CoreStep } from "../desugar/core.ts";
import { isName } from "../desugar/names.ts";
import { wrongShape } from "../desugar/values.ts";
import type { PlanParameter } from "../plan.ts";
import { jsonOfNode, type MapNode, type Node, wordOf } from "../source/node.ts";
import type { Call } from "./calls.ts";
import { typeNamed } from "./input-types.ts";
import { placedKey } from "./policies.ts";

/** The result fields that a step declares under `outputs` (L35); `undefined` when it declares none. */
export function declaredFields(step: CoreStep): readonly string[] | undefined {
  const node = step.keys.get("outputs")?.value;
  if (node?.kind === "map") {
    return node.entries.map(({ key }) => key);
  }
  return node?.kind === "list" ? node.items.flatMap((item) => wordOf(item) ?? []) : undefined;
}

/** Check the form of a step's `outputs`: names, or a mapping of names to types, descriptions or schemas. */
export function checkStepOutputs(context: Context, step: CoreStep): void {
  const placed = placedKey(step, "outputs");
  const node = placed?.entry.value;
  if (placed === undefined || (node?.kind === "scalar" && node.value === null)) {
    return;
  }
  if (node?.kind === "scalar") {
    wrongShape(context, placed, "a list of names, or a mapping of names to types");
    return;
  }
  for (const name of declaredFields(step) ?? []) {
    if (!isName(name)) {
      find(context, "schema", {
        where: { ...placed.where, path: joinPath("outputs", name) },
        message: `${JSON.stringify(name)} is no name of a result's field`,
      });
    }
  }
}

/** What a model's answer must be when its step declares its fields and gives no form (L35, L140). */
export function answerSchema(
  step: CoreStep,
  { call, given }: { readonly call: Call; readonly given: (name: string) => boolean },
): PlanParameter | undefined {
  const fields = declaredFields(step) ?? [];
  const takesSchema = call.spec.parameters.some(({ name }) => name === "schema");
  const isFormed = given("schema") || given("response_format");
  if (call.spec.nature !== "model" || fields.length === 0 || !takesSchema || isFormed) {
    return undefined;
  }
  const node = step.keys.get("outputs")?.value;
  const properties = Object.fromEntries(
    fields.map((name) => [name, schemaOf(node?.kind === "map" ? valueAt(node, name) : undefined)]),
  );
  const value = { type: "object", properties, required: [...fields] };
  return {
    name: "schema",
    type: { kind: "object" },
    required: false,
    field: { kind: "literal", value },
  };
}

function valueAt(map: MapNode, name: string): Node | undefined {
  return map.entries.find(({ key }) => key === name)?.value;
}

/** A field's schema: of a type's name, of a schema, or of nothing but what it is for. */
function schemaOf(node: Node | undefined): Json {
  if (node?.kind !== "map") {
    const word = wordOf(node);
    const type = word === undefined ? undefined : schemaType(word);
    return type ?? (word === undefined ? {} : { description: word });
  }
  const schema = Object.fromEntries(node.entries.map(({ key, value }) => [key, jsonOfNode(value)]));
  const { type, ...rest } = schema;
  return { ...rest, ...(typeof type === "string" ? (schemaType(type) ?? { type }) : {}) };
}

const SCHEMA_TYPES = new Set(["string", "integer", "number", "boolean", "array", "object"]);

function schemaType(word: string): { readonly type?: string } | undefined {
  const kind = typeNamed(word)?.kind;
  if (kind === undefined) {
    return undefined;
  }
  if (kind === "file" || kind === "path") {
    return { type: "string" };
  }
  return SCHEMA_TYPES.has(kind) ? { type: kind } : {};
}
