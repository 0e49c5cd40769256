import type { OperationSpec, ParameterSpec } from "@orchestrator/pipeline";
import type { Json } from "@orchestrator/template";
import { catalogue } from "@orchestrator/tools/catalogue";

import { TYPE_NAMES } from "../packages/pipeline/src/check/input-types.ts";
import {
  ARTIFACT_KEYS,
  BUDGET_KEYS,
  DEFAULTS_KEYS,
  DOCUMENT_KEYS,
  INPUT_KEYS,
  OUTPUT_KEYS,
  REQUIRES_MODEL_KEYS,
  RESOURCE_KEYS,
  RETRY_KEYS,
  SECTION_ALIASES,
  STEP_KEYS,
  VALIDATION_KEYS,
} from "../packages/pipeline/src/desugar/grammar.ts";
import type { KeySpec, KeyTable } from "../packages/pipeline/src/desugar/key-table.ts";

type Schema = { readonly [key: string]: Json };

/** What editors offer and check while a pipeline is written: never more than the compiler asks for. */
export function editorSchema(): string {
  const schema: Schema = {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $comment: "Generated from the grammar and the catalogue by npm run generate.",
    title: "Pipeline",
    ...mapping(DOCUMENT_KEYS, DOCUMENT_VALUES),
    anyOf: ["steps", ...aliasesOf("steps"), "pipeline"].map((key) => ({ required: [key] })),
    $defs: {
      duration: {
        description: "Seconds, or text such as 500ms, 2s, 1h30m or PT5M.",
        type: ["number", "string"],
        minimum: 0,
      },
      steps: { type: "array", minItems: 1, items: { $ref: "#/$defs/step" } },
      step: { ...mapping(STEP_KEYS, STEP_VALUES), allOf: callsOf() },
      inputs: namedValues({ anyOf: [{ $ref: "#/$defs/input" }, true] }),
      input: mapping(INPUT_KEYS, INPUT_VALUES),
      outputs: namedValues({ anyOf: [{ $ref: "#/$defs/output" }, true] }),
      output: mapping(OUTPUT_KEYS, { location: TEXT, schema: ANY_SCHEMA }),
      retry: {
        anyOf: [mapping(RETRY_KEYS, RETRY_VALUES), { type: ["number", "boolean", "string"] }],
      },
    },
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

const TEXT: Schema = { type: ["string", "number", "boolean", "null"] };
/** A word that reads as a boolean does too, and a template. */
const BOOLEAN: Schema = { type: ["boolean", "string", "number"] };
const NUMBER: Schema = { type: ["number", "string"] };
const MAPPING: Schema = { type: ["object", "null"] };
const DURATION: Schema = { $ref: "#/$defs/duration" };
const RETRY: Schema = { $ref: "#/$defs/retry" };
const ANY_SCHEMA: Schema = { type: ["object", "boolean", "string"] };

const ATTEMPT_VALUES: Readonly<Record<string, Schema>> = {
  timeout: DURATION,
  total_timeout: DURATION,
  heartbeat_timeout: DURATION,
  max_attempts: NUMBER,
  max_retries: NUMBER,
  retry: RETRY,
  retry_config: RETRY,
};

const DOCUMENT_VALUES: Readonly<Record<string, Schema>> = {
  name: TEXT,
  id: TEXT,
  description: TEXT,
  inputs: { $ref: "#/$defs/inputs" },
  parameters: { $ref: "#/$defs/inputs" },
  outputs: { $ref: "#/$defs/outputs" },
  steps: { $ref: "#/$defs/steps" },
  config: MAPPING,
  data: MAPPING,
  variables: MAPPING,
  context: MAPPING,
  defaults: mapping(DEFAULTS_KEYS, ATTEMPT_VALUES),
  timeout: DURATION,
  max_parallel: NUMBER,
  budget: mapping(BUDGET_KEYS, { usd: NUMBER, tokens: NUMBER }),
  retry: RETRY,
};

const STEP_VALUES: Readonly<Record<string, Schema>> = {
  ...ATTEMPT_VALUES,
  id: TEXT,
  parameters: MAPPING,
  dependencies: { type: ["array", "string", "null"] },
  condition: { type: ["string", "boolean", "number"] },
  continue_on_error: BOOLEAN,
  requires_model: { anyOf: [mapping(REQUIRES_MODEL_KEYS, {}), TEXT] },
  resource_limits: mapping(RESOURCE_KEYS, {
    memory_mb: NUMBER,
    cpu_seconds: NUMBER,
    output_kb: NUMBER,
  }),
  artifacts: { anyOf: [{ type: "array", items: artifact() }, { type: ["string", "object"] }] },
  labels: { type: ["object", "array", "string"] },
};

const INPUT_VALUES: Readonly<Record<string, Schema>> = {
  type: { type: "string", examples: [...TYPE_NAMES] },
  required: BOOLEAN,
  description: TEXT,
  validation: mapping(VALIDATION_KEYS, {}),
};

const RETRY_VALUES: Readonly<Record<string, Schema>> = {
  max_attempts: NUMBER,
  max_retries: NUMBER,
  initial_interval: DURATION,
  max_interval: DURATION,
};

function artifact(): Schema {
  return { anyOf: [{ type: "string" }, mapping(ARTIFACT_KEYS, { glob: { type: "string" } })] };
}

/** `inputs` and `outputs` may be lists of `{name, …}` too (L15). */
function namedValues(value: Schema): Schema {
  return {
    anyOf: [
      { type: "object", additionalProperties: value },
      { type: "array", items: { type: "object", required: ["name"] } },
      { type: "null" },
    ],
  };
}

/** A place of the grammar: every spelling of its keys; others are warnings at most, unless they are nearly one (L17). */
function mapping(table: KeyTable, values: Readonly<Record<string, Schema>>): Schema {
  const entries = [...table].map(([spelling, spec]): [string, Json] => [
    spelling,
    keySchema(spelling, { spec, value: values[spec.key] }),
  ]);
  const sections = table === DOCUMENT_KEYS ? [...SECTION_ALIASES] : [];
  for (const [alias, key] of sections) {
    entries.push([alias, { description: `Read as ${key}.`, ...values[key] }]);
  }
  return { type: "object", properties: Object.fromEntries(entries) };
}

function keySchema(
  spelling: string,
  { spec, value = {} }: { spec: KeySpec; value: Schema | undefined },
): Json {
  const alias = spelling === spec.key ? {} : { description: `Read as ${spec.key}.` };
  switch (spec.effect) {
    case "acts":
      return { ...alias, ...value };
    case "inert":
      return { description: "Describes, and changes nothing.", ...alias };
    case "none":
      return { deprecated: true, description: "Changes nothing." };
    case "later":
      return { description: `See rule ${spec.rule} of the language.` };
    case "refused":
      return false;
  }
}

function aliasesOf(section: string): readonly string[] {
  return [...SECTION_ALIASES].filter(([, key]) => key === section).map(([alias]) => alias);
}

/** What a step may call, and the parameters of each. */
function callsOf(): readonly Schema[] {
  const tools = catalogue.tools.map(({ name, aliases, description, operations }) =>
    call("tool", { names: [name, ...aliases], description, operations }),
  );
  const actions = catalogue.actions.map(({ name, aliases, operation }) =>
    call("action", {
      names: [name, ...aliases],
      description: operation.description,
      operations: [operation],
    }),
  );
  return [...tools, ...actions];
}

function call(
  key: "tool" | "action",
  {
    names,
    description,
    operations,
  }: {
    readonly names: readonly string[];
    readonly description: string;
    readonly operations: readonly OperationSpec[];
  },
): Schema {
  const parameters = new Map<string, Json>();
  for (const parameter of operations.flatMap((operation) => operation.parameters)) {
    for (const name of [parameter.name, ...parameter.aliases]) {
      parameters.set(name, described(parameter));
    }
  }
  const offered = { type: ["object", "null"], properties: Object.fromEntries(parameters) };
  return {
    if: { properties: { [key]: { enum: names } }, required: [key] },
    // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
    then: { description, properties: { parameters: offered, inputs: offered, with: offered } },
  };
}

/** Templates may stand for a value of any type, so that types are only told. */
function described({ description, type, required }: ParameterSpec): Schema {
  const choices = type.kind === "enum" ? { examples: type.values } : {};
  const kind = type.kind === "enum" ? "one of a list" : type.kind;
  return { description: `${description} (${kind}${required ? ", required" : ""})`, ...choices };
}
