import type { Json } from "@orchestrator/template";

import { BoundedAjv } from "./bounded-ajv.ts";

/** A JSON Schema that is ready to check values, or why it is none. */
export type OpenedSchema =
  | {
      readonly kind: "schema";
      /** What is wrong with a value; empty when it fits. */
      readonly problems: (value: Json) => readonly string[];
    }
  | { readonly kind: "refused"; readonly message: string };

/** Schemas kept ready; the oldest goes first. */
const MAX_OPENED = 256;
const opened = new Map<string, OpenedSchema>();

/** Open a JSON Schema (2020-12; drafts 7 and up are read). Its patterns are RE2 (L67). */
export function openSchema(schema: Json): OpenedSchema {
  const key = JSON.stringify(schema);
  const known = opened.get(key);
  if (known !== undefined) {
    return known;
  }
  const made = make(schema);
  opened.set(key, made);
  const [oldest] = opened.keys();
  if (opened.size > MAX_OPENED && oldest !== undefined) {
    opened.delete(oldest);
  }
  return made;
}

function make(schema: Json): OpenedSchema {
  if (typeof schema !== "boolean" && (typeof schema !== "object" || schema === null)) {
    return { kind: "refused", message: "a JSON Schema is a mapping" };
  }
  const body = plainBody(schema);
  try {
    return REFERS_TO_ITS_NAME.test(JSON.stringify(body)) ? openedAlone(body) : openedShared(body);
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

function openedAlone(body: boolean | object): OpenedSchema {
  const message = shared().problem(body);
  if (message !== undefined) {
    return { kind: "refused", message };
  }
  const validator = new BoundedAjv({ keeps: true });
  const validate = validator.opened(body);
  return { kind: "schema", problems: (value) => validator.problems(validate, value) };
}

function openedShared(body: boolean | object): OpenedSchema {
  const validator = shared();
  try {
    const validate = validator.opened(body);
    return { kind: "schema", problems: (value) => validator.problems(validate, value) };
  } finally {
    // Kept here, in bounds; the validator's own cache has none.
    if (typeof body === "object") {
      validator.removeSchema(body);
    }
  }
}

let made: BoundedAjv | undefined;

/** One for the process: making one takes longer than compiling a schema. */
function shared(): BoundedAjv {
  made ??= new BoundedAjv({ keeps: false });
  return made;
}

/** Older drafts are read with the same rules; their meta-schema is not needed. `$async` is no keyword but of Ajv. */
function plainBody(schema: boolean | object): boolean | object {
  if (typeof schema === "boolean" || !("$schema" in schema || "$async" in schema)) {
    return schema;
  }
  const others = Object.entries(schema).filter(([key]) => key !== "$schema" && key !== "$async");
  return Object.fromEntries(others);
}
