import type { JsonObject } from "@orchestrator/pipeline";
import { type Json, textOf } from "@orchestrator/template";

import { DATA_FORMATS } from "../catalogue/data-processing.ts";
import type { DataJob, DataOutcome } from "../data-processing/data-job.ts";
import { type Source, readSource } from "../data-processing/source.ts";
import { TOOL_LIMITS } from "../limits.ts";
import { ParameterError, isList, isSet, mappingParameter, wordParameter } from "../parameters.ts";
import { coercionFor, replacedAt } from "./coercion.ts";
import { type SchemaValidator, type Violation, schemaValidator } from "./schema-validator.ts";

/** Checks data against a schema; what does not fit is an answer, not a failure, unless asked for (L199). */
export function validateData({ parameters, files }: DataJob): DataOutcome {
  const schema = mappingParameter(parameters, "schema");
  if (schema === undefined) {
    throw new ParameterError("parameter schema is required");
  }
  const mode = modeOf(parameters);
  const subject = subjectOf(parameters, { schema, files });
  const checked = checkAll(subject.items, {
    validator: schemaValidator(schema),
    lenient: mode === "lenient",
    numbered: subject.kind === "rows",
  });
  const errors = mode === "report_only" ? [] : checked.errors;
  const result: JsonObject = {
    valid: errors.length === 0,
    errors,
    warnings: mode === "report_only" ? [...checked.warnings, ...checked.errors] : checked.warnings,
    data: subject.whole(checked.items),
    mode,
    rows_validated: subject.items.length,
    ...(checked.truncated ? { truncated: true } : {}),
  };
  if (errors.length > 0 && isSet(parameters, "fail_on_invalid")) {
    const first = textOf(errors[0]?.["message"] ?? "");
    const message = `data does not fit the schema, ${errors.length} errors: ${first}`;
    return { kind: "failed", code: "DATA_FORMAT", message, result };
  }
  return { kind: "done", result };
}

type Mode = "strict" | "lenient" | "report_only";

function modeOf(parameters: JsonObject): Mode {
  const words = ["strict", "lenient", "permissive", "report_only"] as const;
  const word = wordParameter({ mode: "strict", ...parameters }, "mode", words);
  return word === "permissive" ? "lenient" : word;
}

/** What is checked: rows one by one, or the data as a whole. */
type Subject = {
  readonly kind: "rows" | "whole";
  readonly items: readonly Json[];
  /** The data, with items as they are after coercion. */
  whole(items: readonly Json[]): Json;
};

function subjectOf(
  parameters: JsonObject,
  { schema, files }: { readonly schema: JsonObject; readonly files: DataJob["files"] },
): Subject {
  const data = parameters["data"] ?? null;
  const types = new Set([schema["type"]].flat());
  const isPlainText = typeof data === "string" && !Object.hasOwn(files, data);
  if (isPlainText && types.has("string") && parameters["format"] === undefined) {
    return wholeSubject(data);
  }
  const { content } = readSource(data, {
    format: wordParameter({ format: "json", ...parameters }, "format", DATA_FORMATS),
    typed: false,
    files,
  });
  return content.kind === "value"
    ? valueSubject(content.value, { isArray: types.has("array") })
    : tableSubject(content, schema, { isArray: types.has("array") });
}

function valueSubject(value: Json, { isArray }: { readonly isArray: boolean }): Subject {
  return isList(value) && !isArray ? rowsSubject(value, (items) => items) : wholeSubject(value);
}

function tableSubject(
  { table, wrapping }: Extract<Source["content"], { kind: "table" }>,
  schema: JsonObject,
  { isArray }: { readonly isArray: boolean },
): Subject {
  if (wrapping === null) {
    return isArray ? wholeSubject(table.rows) : rowsSubject(table.rows, (items) => items);
  }
  const { object, key } = wrapping;
  const properties = mappingParameter(schema, "properties") ?? {};
  // A schema that knows the list's key is for the object.
  return Object.hasOwn(properties, key)
    ? wholeSubject(object)
    : rowsSubject(table.rows, (items) => ({ ...object, [key]: items }));
}

function wholeSubject(value: Json): Subject {
  return { kind: "whole", items: [value], whole: ([item = null]) => item };
}

function rowsSubject(items: readonly Json[], whole: (items: readonly Json[]) => Json): Subject {
  return { kind: "rows", items, whole };
}

type Checked = {
  readonly items: readonly Json[];
  readonly errors: readonly JsonObject[];
  readonly warnings: readonly JsonObject[];
  /** Whether there are more errors than are listed. */
  readonly truncated: boolean;
};

function checkAll(
  items: readonly Json[],
  options: {
    readonly validator: SchemaValidator;
    readonly lenient: boolean;
    readonly numbered: boolean;
  },
): Checked {
  const errors: JsonObject[] = [];
  const warnings: JsonObject[] = [];
  let truncated = false;
  const after = items.map((item, i) => {
    const row = options.numbered ? i + 1 : null;
    const checked = checkOne(item, row, options);
    truncated = add(errors, checked.errors) || truncated;
    truncated = add(warnings, checked.warnings) || truncated;
    return checked.item;
  });
  return { items: after, errors, warnings, truncated };
}

/** Adds as many as may be listed; says whether some were left out. */
function add(list: JsonObject[], more: readonly JsonObject[]): boolean {
  const room = TOOL_LIMITS.listedErrors - list.length;
  list.push(...more.slice(0, room));
  return more.length > room;
}

/** Rounds of coercion: one can bring up the next where a schema has alternatives. */
const MAX_ROUNDS = 8;

function checkOne(
  item: Json,
  row: number | null,
  { validator, lenient }: { readonly validator: SchemaValidator; readonly lenient: boolean },
): {
  readonly item: Json;
  readonly errors: readonly JsonObject[];
  readonly warnings: readonly JsonObject[];
} {
  let current = item;
  let violations = validator(current);
  const warnings: JsonObject[] = [];
  for (let round = 0; round < (lenient ? MAX_ROUNDS : 0); round += 1) {
    const coercions = violations.flatMap((each) => coercionFor(each) ?? []);
    if (coercions.length === 0) {
      break;
    }
    for (const { path, from, to } of coercions) {
      current = replacedAt(current, path, to);
      const message = `${path} ${JSON.stringify(from)} was read as ${JSON.stringify(to)}`;
      warnings.push({ message: message.trim(), path, row, instance: from, value: to });
    }
    violations = validator(current);
  }
  return { item: current, errors: violations.map((each) => shown(each, row)), warnings };
}

function shown(
  { message, path, schemaPath, instance, validator, validatorValue }: Violation,
  row: number | null,
): JsonObject {
  return {
    message,
    path,
    schema_path: schemaPath,
    instance,
    validator,
    validator_value: validatorValue,
    row,
  };
}
