import type { Json } from "@orchestrator/template";

import { typeNamed } from "./check/input-types.ts";
import { openSchema } from "./json-schema.ts";

/** The form that a model's answer is to have (L139, L140). */
export type AnswerForm =
  | { readonly kind: "text" }
  /** Any JSON object. */
  | { readonly kind: "object" }
  | {
      readonly kind: "schema";
      readonly name: string;
      /** A JSON Schema. */
      readonly schema: Json;
      /** Asks the provider to hold the model to it. */
      readonly strict: boolean;
    };

/** The form that `response_format` and `schema` ask for; `refused` where they ask for none that there is. */
export function answerForm({
  format,
  schema,
}: {
  readonly format: Json | undefined;
  readonly schema: Json | undefined;
}): AnswerForm | { readonly kind: "refused"; readonly message: string } {
  if (schema !== undefined && schema !== null) {
    return schemaForm(schema, { name: "answer", strict: false });
  }
  if (format === undefined || format === null) {
    return { kind: "text" };
  }
  const word = isObject(format) ? format["type"] : format;
  if (word === "text" || word === "json_object") {
    return { kind: word === "text" ? "text" : "object" };
  }
  if (isObject(format)) {
    return word === "json_schema" ? describedForm(format) : schemaForm(format, PLAIN);
  }
  return { kind: "refused", message: `response_format is ${FORMATS}` };
}

/** A JSON Schema as it is, or made of the shorthand `{field: type}` (L140). */
export function schemaFrom(schema: Json): Json {
  if (!isObject(schema) || !isShorthand(schema)) {
    return schema;
  }
  const properties = Object.fromEntries(
    Object.entries(schema).map(([name, type]) => [name, shortSchema(type)]),
  );
  return { type: "object", properties, required: Object.keys(properties) };
}

const PLAIN = { name: "answer", strict: false };
const FORMATS =
  "text, json_object, {type: json_schema, json_schema: {name, schema}} or a JSON Schema";

function describedForm(format: JsonObject): ReturnType<typeof answerForm> {
  const described = format["json_schema"];
  if (!isObject(described) || described["schema"] === undefined) {
    return { kind: "refused", message: `response_format is ${FORMATS}` };
  }
  const { name, schema, strict } = described;
  return schemaForm(schema, {
    name: typeof name === "string" && name !== "" ? name : PLAIN.name,
    strict: strict === true,
  });
}

function schemaForm(
  written: Json,
  { name, strict }: { readonly name: string; readonly strict: boolean },
): ReturnType<typeof answerForm> {
  const schema = schemaFrom(written);
  const opened = openSchema(schema);
  return opened.kind === "refused"
    ? { kind: "refused", message: `the schema is no JSON Schema: ${opened.message}` }
    : { kind: "schema", name, schema, strict };
}

/** Keywords without which a mapping whose values are all names of types is a shorthand. */
const KEYWORDS = new Set(["properties", "items", "enum", "const", "required", "$ref", "$schema"]);
const SCHEMA_TYPES = new Set(["string", "integer", "number", "boolean", "array", "object", "null"]);

function isShorthand(schema: JsonObject): boolean {
  const entries = Object.entries(schema);
  const isSchema =
    entries.some(([key]) => KEYWORDS.has(key)) ||
    (entries.length === 1 && isSchemaType(schema["type"]));
  return entries.length > 0 && !isSchema && entries.every(([, value]) => isShortType(value));
}

function isSchemaType(value: Json | undefined): boolean {
  return typeof value === "string" && SCHEMA_TYPES.has(value);
}

function isShortType(value: Json): boolean {
  if (typeof value === "string") {
    return typeNamed(value) !== undefined;
  }
  if (isList(value)) {
    return value.length === 1 && value.every(isShortType);
  }
  return isObject(value) && isShorthand(value);
}

/** `[type]` is a list of it, a mapping an object of its own. */
function shortSchema(value: Json): Json {
  if (isList(value)) {
    return { type: "array", items: shortSchema(value[0] ?? "any") };
  }
  if (typeof value !== "string") {
    return schemaFrom(value);
  }
  const kind = typeNamed(value)?.kind;
  return kind !== undefined && SCHEMA_TYPES.has(kind)
    ? { type: kind }
    : (OTHER_TYPES.get(kind) ?? {});
}

const OTHER_TYPES: ReadonlyMap<string | undefined, Json> = new Map([
  ["file", { type: "string" }],
  ["path", { type: "string" }],
]);

type JsonObject = { readonly [key: string]: Json };

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
