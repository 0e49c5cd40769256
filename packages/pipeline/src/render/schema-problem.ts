import type { Json } from "@orchestrator/template";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";

const ajv = new Ajv2020({ allErrors: true, strict: false, validateFormats: false });

/** Compiled schemas, the last ones used; the least recent goes first. */
const MAX_SCHEMAS = 256;
const compiled = new Map<string, ValidateFunction>();

/** What a JSON Schema has against a value; undefined for nothing (L30, L34). */
export function schemaProblem(schema: Json, value: Json): string | undefined {
  const validate = validatorOf(schema);
  if (validate(value)) {
    return undefined;
  }
  const errors = (validate.errors ?? []).slice(0, 10);
  return errors
    .map(
      ({ instancePath, message }) =>
        `${instancePath === "" ? "the value" : instancePath} ${message ?? "is wrong"}`,
    )
    .join("; ");
}

function validatorOf(schema: Json): ValidateFunction {
  const key = JSON.stringify(schema);
  const known = compiled.get(key);
  if (known !== undefined) {
    return known;
  }
  // Drafts 7 and up are read alike: a `$schema` of another draft must not be refused.
  const { $schema: _, ...body }: { $schema?: Json; [key: string]: Json | undefined } =
    JSON.parse(key);
  const validate = ajv.compile(typeof schema === "boolean" ? (schema ? {} : { not: {} }) : body);
  compiled.set(key, validate);
  const [oldest] = compiled.keys();
  if (compiled.size > MAX_SCHEMAS && oldest !== undefined) {
    compiled.delete(oldest);
  }
  return validate;
}
