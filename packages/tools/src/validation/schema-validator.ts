import {
  compileSchema,
  type Dialect,
  type JsonObject,
  type SchemaError,
} from "@orchestrator/pipeline";
import type { Json } from "@orchestrator/template";

import { DataError, invalidParameter } from "../data-processing/data-error.ts";

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
 * A schema is bounded in size and depth, its references lead nowhere outside but to the dialect's own schema, its
 * patterns are matched in linear time (L67), and data that it cannot check within bounds fails.
 */
export function schemaValidator(schema: JsonObject): SchemaValidator {
  checkSize(schema);
  const compiled = compileSchema(schema, dialectOf(schema));
  if (compiled.kind === "refused") {
    throw invalidParameter(`schema: ${compiled.message}`);
  }
  return (value) => {
    const checked = compiled.check(value);
    if (checked.kind === "unbounded") {
      throw beyondBounds(`data cannot be checked: ${checked.message}`);
    }
    return checked.errors.map(violation);
  };
}

function dialectOf({ $schema: named }: JsonObject): Dialect {
  if (named === undefined) {
    return "2020-12";
  }
  const dialect = DIALECTS.find((each) => typeof named === "string" && named.includes(`/${each}/`));
  if (dialect === undefined) {
    throw invalidParameter(
      `schema: $schema must be 2020-12, 2019-09 or draft-07, not ${JSON.stringify(named)}`,
    );
  }
  return dialect;
}

const DIALECTS = ["2020-12", "2019-09", "draft-07"] as const satisfies readonly Dialect[];

function violation({
  message = "does not fit",
  instancePath,
  schemaPath,
  data,
  keyword,
  schema,
}: SchemaError): Violation {
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
      throw beyondBounds(`schema has more than ${MAX_DEPTH} levels or ${MAX_NODES} parts`);
    }
    if (typeof value === "object" && value !== null) {
      for (const each of Object.values(value)) {
        visit(each, depth + 1);
      }
    }
  };
  visit(schema, 0);
}

function beyondBounds(message: string): DataError {
  return new DataError(message, { code: "LIMIT_EXCEEDED" });
}
