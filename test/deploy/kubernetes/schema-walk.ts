import { type Fields, fieldsOf, isFields, listOf, textOf } from "./json.ts";

/** Finds what a reference names. */
export type Resolve = (reference: string) => Fields;

type Place = { readonly path: string; readonly resolve: Resolve };

/**
 * What is wrong with a value under a schema: fields that it does not have, types, missing fields, closed sets, patterns,
 * bounds, and list entries whose keys are the same. A cluster drops unknown fields in silence; here they are an error.
 */
export function schemaProblems(value: unknown, schema: Fields, place: Place): readonly string[] {
  const { $ref } = schema;
  if (typeof $ref === "string") {
    return schemaProblems(value, place.resolve($ref), place);
  }
  return value === null && schema["nullable"] === true
    ? []
    : CHECKS[typeOf(schema)](value, schema, place);
}

type Type = "object" | "array" | "string" | "number" | "boolean" | "int-or-string" | "anything";

const CHECKS: Readonly<
  Record<Type, (value: unknown, schema: Fields, place: Place) => readonly string[]>
> = {
  object: objectProblems,
  array: listProblems,
  string: textProblems,
  number: numberProblems,
  boolean: (value, _, { path }) =>
    typeof value === "boolean" ? [] : [`${path} is not true or false`],
  "int-or-string": (value, _, { path }) =>
    typeof value === "string" || Number.isInteger(value)
      ? []
      : [`${path} is neither a whole number nor a text`],
  anything: () => [],
};

function typeOf(schema: Fields): Type {
  const { type, format, properties } = schema;
  if (schema["x-kubernetes-int-or-string"] === true || format === "int-or-string") {
    return "int-or-string";
  }
  switch (type) {
    case "object":
    case "array":
    case "string":
    case "number":
    case "boolean":
      return type;
    case "integer":
      return "number";
    default:
      return isFields(properties) ? "object" : "anything";
  }
}

function objectProblems(value: unknown, schema: Fields, place: Place): readonly string[] {
  if (!isFields(value)) {
    return [`${place.path} has no fields`];
  }
  const known = fieldsOf(schema["properties"]);
  const others = schema["additionalProperties"];
  const isOpen =
    schema["x-kubernetes-preserve-unknown-fields"] === true ||
    (schema["properties"] === undefined && others === undefined);
  const missing = listOf(schema["required"]).filter((name) => !(textOf(name) in value));
  return [
    ...missing.map((name) => `${place.path} lacks ${textOf(name)}`),
    ...Object.entries(value).flatMap(([name, inner]) => {
      const under = { ...place, path: `${place.path}.${name}` };
      const schemaOf = known[name] ?? (isFields(others) ? others : undefined);
      if (schemaOf !== undefined) {
        return schemaProblems(inner, fieldsOf(schemaOf), under);
      }
      return isOpen ? [] : [`${under.path} is no field of ${place.path}`];
    }),
  ];
}

function listProblems(value: unknown, schema: Fields, place: Place): readonly string[] {
  if (!Array.isArray(value)) {
    return [`${place.path} is not a list`];
  }
  const entries = listOf(value);
  return [
    ...boundProblems(entries.length, [schema["minItems"], schema["maxItems"]], place),
    ...entries.flatMap((entry, index) =>
      schemaProblems(entry, fieldsOf(schema["items"]), {
        ...place,
        path: `${place.path}.${index}`,
      }),
    ),
    ...twins(entries, schema).map((key) => `${place.path} has two entries ${key}`),
  ];
}

/** A cluster takes entries with the same keys for one. */
function twins(entries: readonly unknown[], schema: Fields): readonly string[] {
  const keys = listOf(schema["x-kubernetes-list-map-keys"]).map((key) => textOf(key));
  const named = entries.map((entry) =>
    keys.map((key) => JSON.stringify(fieldsOf(entry)[key])).join("/"),
  );
  return keys.length === 0 ? [] : named.filter((key, index) => named.indexOf(key) !== index);
}

function textProblems(value: unknown, schema: Fields, place: Place): readonly string[] {
  if (typeof value !== "string") {
    return isQuantity(schema) && typeof value === "number" ? [] : [`${place.path} is not a text`];
  }
  const { pattern } = schema;
  const isOdd = typeof pattern === "string" && !new RegExp(pattern, "u").test(value);
  return [
    ...amongProblems(value, schema, place),
    ...boundProblems(value.length, [schema["minLength"], schema["maxLength"]], place),
    ...(isOdd ? [`${place.path} is ${value}, which ${pattern} does not match`] : []),
  ];
}

/** Kubernetes' own schema calls it a text, and takes numbers too. */
function isQuantity({ description }: Fields): boolean {
  return textOf(description).startsWith("Quantity is a fixed-point representation");
}

function numberProblems(value: unknown, schema: Fields, place: Place): readonly string[] {
  if (typeof value !== "number" || (schema["type"] === "integer" && !Number.isInteger(value))) {
    return [`${place.path} is not a${schema["type"] === "integer" ? " whole" : ""} number`];
  }
  return [
    ...amongProblems(value, schema, place),
    ...boundProblems(value, [schema["minimum"], schema["maximum"]], place),
  ];
}

function amongProblems(value: unknown, schema: Fields, { path }: Place): readonly string[] {
  const among = listOf(schema["enum"]);
  return among.length === 0 || among.includes(value)
    ? []
    : [`${path} is ${String(value)}, not one of ${among.join(", ")}`];
}

function boundProblems(
  size: number,
  [least, most]: readonly [unknown, unknown],
  { path }: Place,
): readonly string[] {
  return (typeof least === "number" && size < least) || (typeof most === "number" && size > most)
    ? [`${path} is out of its bounds: ${size}`]
    : [];
}
