// What the compiler is told of tools and actions (rules L182–L199). The compiler gets it as an argument.
import type { Json } from "@orchestrator/template";

/** Everything that a document may call. */
export type Catalogue = {
  readonly tools: readonly ToolSpec[];
  readonly actions: readonly ActionSpec[];
};

/** A tool with its operations. */
export type ToolSpec = {
  /** Canonical name: lower case, `-` between words. */
  readonly name: string;
  readonly aliases: readonly string[];
  /** One sentence for the reference. */
  readonly description: string;
  /** The parameter whose text names the operation, beside `action` (L39). */
  readonly operationParameter?: string;
  /** What `execute`, `run`, nothing or prose stands for; absent when an operation must be named (L39). */
  readonly defaultOperation?: string;
  readonly operations: readonly OperationSpec[];
};

/** An action that is no tool (L185). */
export type ActionSpec = {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly operation: OperationSpec;
};

/** One operation of a tool, or what an action does. */
export type OperationSpec = {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly description: string;
  readonly parameters: readonly ParameterSpec[];
  /** At least one parameter of each group must be given. */
  readonly anyOf?: readonly (readonly string[])[];
  /** What R is. */
  readonly result: ResultSpec;
  readonly nature: Nature;
  /** Whether a lost attempt may be made again (L51): the ↻ of §17. */
  readonly repeatable:
    | boolean
    | { readonly unless: { readonly parameter: string; readonly is: Json } };
  /** What an executor must offer: `tool:terminal`. */
  readonly requires?: readonly string[];
  /** Default of a `timeout` parameter, in milliseconds (L91). */
  readonly defaultTimeoutMs?: number;
};

/** D deterministic, M needs a model, N network, H person, X runs host programs (§17). */
export type Nature = "deterministic" | "model" | "network" | "person" | "program";

/** One parameter of an operation. */
export type ParameterSpec = {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly type: FieldType;
  readonly required: boolean;
  readonly default?: Json;
  readonly description: string;
};

/** What a rendered value is fitted to (L7, L8, L184). */
export type FieldType =
  | { readonly kind: "string" | "integer" | "number" | "boolean" | "array" | "object" | "any" }
  | { readonly kind: "file" | "path" | "duration" | "condition" | "model" }
  | { readonly kind: "enum"; readonly values: readonly string[] };

/** What is known of a result: its fields, or that it may be anything. */
export type ResultSpec =
  | { readonly kind: "object"; readonly fields: readonly ResultField[]; readonly open: boolean }
  | { readonly kind: "text" }
  | { readonly kind: "any" };

/** A field of R. */
export type ResultField = { readonly name: string; readonly description: string };
