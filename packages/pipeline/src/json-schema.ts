import type { Json } from "@orchestrator/template";

import { BoundedAjv, type Checked, type Dialect, type SchemaError } from "./bounded-ajv.ts";

type RefusedSchema = { readonly kind: "refused"; readonly message: string };

/** A JSON Schema that is ready to check values, or why it is none. */
export type OpenedSchema =
  | {
      readonly kind: "schema";
      /** What is wrong with a value; empty when it fits. */
      readonly problems: (value: Json) => readonly string[];
    }
  | RefusedSchema;

/** A JSON Schema that is ready to check values and say all about what does not fit, or why it is none. */
export type CompiledSchema =
  | { readonly kind: "schema"; readonly check: (value: Json) => Checked }
  | RefusedSchema;

/** Schemas kept ready; the oldest goes first. */
const MAX_OPENED = 256;
const opened = new Map<string, OpenedSchema>();

/** Open a JSON Schema (2020-12; drafts 7 and up are read with the same rules). Its patterns are RE2 (L67). */
export function openSchema(schema: Json): OpenedSchema {
  const key = JSON.stringify(schema);
  const known = opened.get(key);
  if (known !== undefined) {
    return known;
  }
  const compiled = compileSchema(schema, "2020-12");
  const made =
    compiled.kind === "schema"
      ? { kind: compiled.kind, problems: (value: Json) => problemsIn(compiled.check(value)) }
      : compiled;
  opened.set(key, made);
  const [oldest] = opened.keys();
  if (opened.size > MAX_OPENED && oldest !== undefined) {
    opened.delete(oldest);
  }
  return made;
}

/** Compile a JSON Schema by the rules of a dialect, whatever its `$schema` says. Its patterns are RE2 (L67). */
export function compileSchema(schema: Json, dialect: Dialect): CompiledSchema {
  if (typeof schema !== "boolean" && (typeof schema !== "object" || schema === null)) {
    return { kind: "refused", message: "a JSON Schema is a mapping" };
  }
  try {
    const shared = sharedAjv(dialect);
    const message = shared.problem(schema);
    if (message !== undefined) {
      return { kind: "refused", message };
    }
    const isAlone = REFERS_TO_ITS_NAME.test(JSON.stringify(schema));
    const validator = isAlone ? new BoundedAjv({ dialect, keeps: true }) : shared;
    return { kind: "schema", check: validator.opened(schema) };
  } catch (error) {
    if (error instanceof RangeError) {
      return { kind: "refused", message: "it refers to itself without end" };
    }
    return { kind: "refused", message: error instanceof Error ? error.message : String(error) };
  }
}

/** A name would stay behind, for the schemas of others to find; and `#` is the name that each schema has for itself. */
const REFERS_TO_ITS_NAME =
  /"\$(?:(?:id|anchor|dynamicAnchor|recursiveAnchor)":|(?:ref|dynamicRef)":"#[^/])/;

const validators = new Map<Dialect, BoundedAjv>();

/** One for each dialect in the process: making one takes longer than compiling a schema. */
function sharedAjv(dialect: Dialect): BoundedAjv {
  const made = validators.get(dialect) ?? new BoundedAjv({ dialect, keeps: false });
  validators.set(dialect, made);
  return made;
}

function problemsIn(checked: Checked): readonly string[] {
  return checked.kind === "unbounded"
    ? [`cannot be checked: ${checked.message}`]
    : checked.errors.map(textOf);
}

function textOf({ instancePath, message, params }: SchemaError): string {
  const where = instancePath === "" ? "" : `${instancePath.slice(1).replaceAll("/", ".")} `;
  const allowed = "allowedValues" in params ? `: ${JSON.stringify(params["allowedValues"])}` : "";
  const extra = "additionalProperty" in params ? `: ${String(params["additionalProperty"])}` : "";
  return `${where}${message ?? "does not fit"}${allowed}${extra}`;
}
