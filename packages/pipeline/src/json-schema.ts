import type { Json } from "@orchestrator/template";
import addFormats from "ajv-formats";
import { Ajv2020, type ErrorObject } from "ajv/dist/2020.js";

import { matches, patternProblem } from "./pattern.ts";

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
  const body = withoutDraft(schema);
  try {
    const validate = validator().compile(body);
    return {
      kind: "schema",
      problems: (value) => (validate(value) ? [] : (validate.errors ?? []).map(textOf)),
    };
  } catch (error) {
    return { kind: "refused", message: error instanceof Error ? error.message : String(error) };
  } finally {
    // Kept here, in bounds; the validator's own cache has none.
    if (typeof body === "object") {
      validator().removeSchema(body);
    }
  }
}

let made: Ajv2020 | undefined;

/** One for the process: making one takes longer than compiling a schema. */
function validator(): Ajv2020 {
  if (made === undefined) {
    made = new Ajv2020({
      strict: false,
      allErrors: true,
      logger: false,
      addUsedSchema: false,
      code: { regExp: Object.assign(linearPattern, { code: "linearPattern" }) },
    });
    addFormats.default(made);
  }
  return made;
}

/** Matches in linear time, which the patterns of JavaScript do not (L67). Ajv tells patterns apart by their text. */
function linearPattern(pattern: string): {
  readonly test: (text: string) => boolean;
  readonly toString: () => string;
} {
  const problem = patternProblem(pattern);
  if (problem !== undefined) {
    throw new Error(`pattern ${pattern}: ${problem}`);
  }
  return { test: (text) => matches(text, pattern), toString: () => pattern };
}

/** Older drafts are read with the same rules; their meta-schema is not needed. */
function withoutDraft(schema: boolean | object): boolean | object {
  if (typeof schema === "boolean" || !("$schema" in schema)) {
    return schema;
  }
  return Object.fromEntries(Object.entries(schema).filter(([key]) => key !== "$schema"));
}

function textOf({ instancePath, message, params }: ErrorObject): string {
  const where = instancePath === "" ? "" : `${instancePath.slice(1).replaceAll("/", ".")} `;
  const allowed = "allowedValues" in params ? `: ${JSON.stringify(params["allowedValues"])}` : "";
  const extra = "additionalProperty" in params ? `: ${String(params["additionalProperty"])}` : "";
  return `${where}${message ?? "does not fit"}${allowed}${extra}`;
}
