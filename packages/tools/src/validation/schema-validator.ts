import type { JsonObject } from "@orchestrator/pipeline";
import { type Json, isTrue } from "@orchestrator/template";
import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import ajvFormats from "ajv-formats";
import { Ajv2019 } from "ajv/dist/2019.js";
import { Ajv2020 } from "ajv/dist/2020.js";

import { DataError, invalidParameter } from "../data-processing/data-error.ts";
import { type RowExpression, rowExpression } from "../data-processing/row-expression.ts";

/** What does not fit, as the validator says it. */
export type Violation = {
  readonly message: string;
  /** JSON pointer into the value. */
  readonly path: string;
  readonly schemaPath: string;
  readonly instance: Json;
  readonly validator: string;
  readonly validatorValue: Json;
};

/** Says what of a value does not fit. */
export type SchemaValidator = (value: Json) => readonly Violation[];

const MAX_NODES = 20_000;
const MAX_DEPTH = 64;

/**
 * Makes a validator of a schema: JSON Schema 2020-12 unless `$schema` says 2019-09 or draft 7 (L199).
 *
 * A schema is bounded in size and depth, its references lead nowhere outside, and its patterns are matched in linear
 * time (L67).
 */
export function schemaValidator(schema: JsonObject): SchemaValidator {
  checkSize(schema);
  const dialect = dialectOf(schema);
  const meta = metaValidator(dialect);
  if (!meta.validateSchema(schema)) {
    throw invalidParameter(`schema: ${meta.errorsText(meta.errors, { dataVar: "schema" })}`);
  }
  const validate = compiled(dialect, schema);
  return (value) => {
    const fits = validate(value);
    return fits ? [] : (validate.errors ?? []).map(violation);
  };
}

type Dialect = "draft-07" | "2019-09" | "2020-12";

function dialectOf(schema: JsonObject): Dialect {
  const { $schema: named } = schema;
  if (named === undefined || (typeof named === "string" && named.includes("/2020-12/"))) {
    return "2020-12";
  }
  if (typeof named === "string" && named.includes("/2019-09/")) {
    return "2019-09";
  }
  if (typeof named === "string" && named.includes("/draft-07/")) {
    return "draft-07";
  }
  throw invalidParameter(
    `schema: $schema must be 2020-12, 2019-09 or draft-07, not ${JSON.stringify(named)}`,
  );
}

/** One for each dialect checks schemas; it keeps none of them. */
const metaValidators = new Map<Dialect, Ajv>();

function metaValidator(dialect: Dialect): Ajv {
  const made = metaValidators.get(dialect) ?? newAjv(dialect, { meta: true });
  metaValidators.set(dialect, made);
  return made;
}

function newAjv(dialect: Dialect, { meta }: { readonly meta: boolean }): Ajv {
  const options = {
    allErrors: true,
    verbose: true,
    strict: false,
    logger: false,
    meta,
    validateSchema: meta,
    // The dialects' own schemas have patterns that are known to be quick.
    ...(meta ? {} : { code: { regExp: linearPatterns } }),
  } as const;
  switch (dialect) {
    case "draft-07":
      return new Ajv(options);
    case "2019-09":
      return new Ajv2019(options);
    case "2020-12":
      return new Ajv2020(options);
  }
}

function compiled(dialect: Dialect, schema: JsonObject): ValidateFunction {
  const ajv = newAjv(dialect, { meta: false });
  ajvFormats.default(ajv);
  try {
    return ajv.compile(schema);
  } catch (error) {
    if (error instanceof DataError) {
      throw error;
    }
    throw invalidParameter(`schema: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Patterns as row expressions match them, so that their syntax and bounds are those of the language. */
const linearPatterns = Object.assign(
  (pattern: string) => {
    const holds = patternTest();
    const test = (text: string): boolean => isTrue(holds({ text, pattern }, 1));
    try {
      test("");
    } catch (error) {
      throw invalidParameter(
        `schema: pattern ${pattern}: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
    // Ajv shares patterns of one schema by their text.
    return { test, toString: () => pattern };
  },
  { code: "linearPatterns" },
);

let patternExpression: RowExpression | undefined;

function patternTest(): RowExpression {
  patternExpression ??= rowExpression("(text | regex_search(pattern)) is defined");
  return patternExpression;
}

function violation({
  message = "does not fit",
  instancePath,
  schemaPath,
  data,
  keyword,
  schema,
}: ErrorObject): Violation {
  return {
    message: instancePath === "" ? message : `${instancePath} ${message}`,
    path: instancePath,
    schemaPath,
    instance: plain(data),
    validator: keyword,
    validatorValue: plain(schema),
  };
}

function plain(value: unknown): Json {
  const json: Json = value === undefined ? null : JSON.parse(JSON.stringify(value));
  return json;
}

function checkSize(schema: JsonObject): void {
  let nodes = 0;
  const visit = (value: Json, depth: number): void => {
    nodes += 1;
    if (depth > MAX_DEPTH || nodes > MAX_NODES) {
      throw new DataError(`schema has more than ${MAX_DEPTH} levels or ${MAX_NODES} parts`, {
        code: "LIMIT_EXCEEDED",
      });
    }
    if (typeof value === "object" && value !== null) {
      for (const each of Object.values(value)) {
        visit(each, depth + 1);
      }
    }
  };
  visit(schema, 0);
}
