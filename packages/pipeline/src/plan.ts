// What the compiler makes of a document: plain JSON, stored under (document hash, plan version); a run pins both (L18).
import type { Json } from "@orchestrator/template";

import type { AutoType } from "./auto/auto-type.ts";
import type { FieldType, Nature } from "./catalogue.ts";

/** Version of the shapes in this file. A session offers `plan:<version>`; a stored plan is never migrated. */
export const PLAN_VERSION = 2;

/** A compiled document. */
export type Plan = {
  readonly planVersion: typeof PLAN_VERSION;
  readonly language: string;
  /** SHA-256 over text, included files and language version, in hexadecimal. */
  readonly documentHash: string;
  readonly pipeline: PipelineFacts;
  readonly inputs: readonly InputDeclaration[];
  /** L26: an undeclared supplied input is refused. */
  readonly strictInputs: boolean;
  /** `config`, `data`, `variables`, `context` (L19): rendered once, at submission. */
  readonly sections: Readonly<Partial<Record<SectionName, Field>>>;
  /** In document order, nested else steps right after their owner (L42). */
  readonly steps: readonly PlanStep[];
  /** In the order in which they can be evaluated (L30). */
  readonly outputs: readonly PlanOutput[];
  /** Declared top-level steps by longest path (L49). */
  readonly levels: readonly (readonly string[])[];
  /** Instances in flight (L48). */
  readonly maxParallel: number;
  /** L93. */
  readonly timeoutMs?: number;
  readonly priority: number;
  readonly labels: Readonly<Record<string, string>>;
  /** What the run's model calls may cost in all (L143). */
  readonly budget?: { readonly nanoUsd?: number; readonly tokens?: number };
  /** What an executor must offer: `tool:terminal`, … */
  readonly requires: readonly string[];
  /** Something of the document is sensitive (L165): an input, a step or an output. */
  readonly hides?: boolean;
  /** Secrets that must exist when a run is submitted (L163). */
  readonly secrets?: readonly string[];
};

export type SectionName = "config" | "data" | "variables" | "context";

/** What a document says of itself; never rendered. */
export type PipelineFacts = {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly version: string | null;
};

/** A declared input (L20). */
export type InputDeclaration = {
  readonly name: string;
  readonly type: FieldType;
  readonly required: boolean;
  readonly description: string | null;
  /** Absent when there is none; a template in it is rendered with the other inputs (L25). */
  readonly default?: Field;
  /** L25: a supplied value is a template too. */
  readonly template: boolean;
  readonly checks: InputChecks;
  /** L28, L165: its value is not shown. */
  readonly sensitive?: boolean;
};

/** What a value of an input must fulfil (L20, L24). */
export type InputChecks = {
  readonly oneOf?: readonly Json[];
  readonly min?: number;
  readonly max?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  /** RE2 (L67). */
  readonly pattern?: string;
  readonly itemType?: FieldType;
  /** JSON Schema. */
  readonly schema?: Json;
};

/** A value that is rendered when its owner starts: a tree whose leaves are literals and templates. */
export type Field =
  | { readonly kind: "literal"; readonly value: Json }
  /** `path` is where it stands (`parameters.content`), for messages; `line` and `column` too. */
  | {
      readonly kind: "template";
      readonly source: string;
      readonly path: string;
      readonly line: number;
      readonly column: number;
      /** The AUTO tags for which names of `source` stand. */
      readonly autos?: readonly PlanAuto[];
    }
  | { readonly kind: "list"; readonly items: readonly Field[] }
  | { readonly kind: "object"; readonly entries: readonly (readonly [string, Field])[] };

/** A condition as written (L75), with its place for messages. */
export type ConditionField = {
  readonly source: string | boolean;
  readonly path: string;
  readonly line: number;
  readonly column: number;
  readonly autos?: readonly PlanAuto[];
};

/** An AUTO (L125): what is asked, and what the answer must be. */
export type PlanAuto = AutoType & {
  /** What stands for it in the text of its field. */
  readonly name: string;
  /** Names its record within its instance (L130): the field's path; further tags of one text end in `#2`, `#3`, … */
  readonly path: string;
  /** The instruction; tags inside it are resolved first. */
  readonly body: Field;
  /** Select who is asked (L136). */
  readonly attributes: Readonly<Record<string, string>>;
  /** Taken when no answer can be had (L126, L129). */
  readonly default?: Json;
};

/** A declared step: what is done, or a container of steps. */
export type PlanStep = TaskStep | LoopStep | GroupStep;

/** What every step has. */
type StepFacts = {
  readonly id: string;
  /** Position in its block, in document order, from 0. */
  readonly index: number;
  /** Canonical operation of the tool, or canonical action; of a container, its form. */
  readonly operation: string;
  readonly condition: ConditionField | null;
  /** Steps of its block whose settlement it waits for: declared, inferred and routing (L43–L47, L86). */
  readonly waitsFor: readonly string[];
  /** The part of `waitsFor` that is shown as `dependencies` (routing edges are not). */
  readonly dependencies: readonly string[];
  /** L84, L85. */
  readonly routes: readonly Route[];
  /** Steps that run only after this one's condition proved false (L42). */
  readonly elseSteps: readonly string[];
  /** The step whose else branch this is; null for others. */
  readonly elseOf: string | null;
  readonly onFailure: FailurePolicy;
  readonly timeouts: TimeoutPolicy;
  /** L33; rendered. */
  readonly location: Field | null;
  readonly produces: string | null;
  /** L36; rendered globs. */
  readonly artifacts: readonly { readonly glob: Field; readonly optional: boolean }[];
  /** L34. */
  readonly outputSchema: Json | null;
  /** L34, bytes. */
  readonly sizeLimit: number | null;
  /** L48, L160. */
  readonly priority: number;
  /** What the step is for, where an AUTO of it is shown that (L128). */
  readonly description?: string;
  /** L87: chooses among the targets of its routes `otherwise`, or none. */
  readonly gotoAuto?: Pick<PlanAuto, "attributes" | "body" | "default">;
  /** L165: what it gives and is given is not shown. */
  readonly sensitive?: boolean;
  /** L162. */
  readonly labels?: Readonly<Record<string, string>>;
};

/** A step that calls a tool or an action. */
export type TaskStep = StepFacts & {
  readonly kind: "task";
  /** Canonical tool name; null for an action. */
  readonly tool: string | null;
  readonly nature: Nature;
  /** In the order written. */
  readonly parameters: readonly PlanParameter[];
  readonly attempts: AttemptPolicy;
  /** L51, `idempotent: true` included. */
  readonly repeatable: boolean;
  /** A StepStarted is committed before the attempt: not repeatable, a model call, or rendered with an impure function (I5, I8). */
  readonly announces: boolean;
  /** Something reads the rendered parameters later (L69, L70), so they are recorded with the result. */
  readonly keepsParameters: boolean;
  /** L134–L136; null: the registry chooses for the operation. Only for model steps. */
  readonly model: ModelField | null;
  /** L137. */
  readonly requiresModel?: RequiredModel;
  /** L41 `resource_limits`. */
  readonly resourceLimits: {
    readonly memoryMb?: number;
    readonly cpuSeconds?: number;
    readonly outputKb?: number;
  };
  /** What its parameters read of secrets and of the environment: fetched at the attempt, never recorded (L163). */
  readonly reads?: SecretReads;
  /** Fields that its result must have, where it is a tool that says so itself (L35). */
  readonly outputFields?: readonly string[];
};

/** Steps that run once for each element of a list, or again and again (§9). */
export type LoopStep = StepFacts & {
  readonly kind: "loop";
  readonly tool: null;
  /** `repeat`: `while`, `until` or both. */
  readonly form: "for_each" | "repeat" | "action_loop" | "queue";
  /** One iteration; a single-step loop has one step, of the loop's own id. */
  readonly body: readonly PlanStep[];
  /** The body is the loop's own tool or action (L104). */
  readonly single: boolean;
  /** Another name of the loop (L116). */
  readonly loopName: string | null;
  /** Another name of `item`. */
  readonly itemName: string | null;
  /** The list of a `for_each` or queue (L105). */
  readonly source: Field | null;
  /** Tested before an iteration; with the bindings of the iteration in scope (L113). */
  readonly filter: ConditionField | null;
  /** Tested before and after each iteration (L108). */
  readonly while: ConditionField | null;
  readonly until: ConditionField | null;
  /** L109. */
  readonly maxIterations: Field;
  readonly failsAtMax: boolean;
  /** Iterations in flight (L107); `run`: as many as the run's `max_parallel`. */
  readonly maxParallel: Field | "run";
  /** One iteration at a time, whatever is rendered: `previous` exists (L112). */
  readonly sequential: boolean;
  /** All iterations run, whatever fails (L114). */
  readonly tolerant: boolean;
  readonly minSuccessRate: Field | null;
  /** L122. */
  readonly iterationTimeoutMs: number | null;
};

/** Steps that run side by side (L124). */
export type GroupStep = StepFacts & {
  readonly kind: "group";
  readonly tool: null;
  readonly body: readonly PlanStep[];
};

/** Names of secrets, and of variables of the environment. */
export type SecretReads = { readonly secrets: readonly string[]; readonly env: readonly string[] };

/** What a step requires of its model (L137); `none`: it may ask no model. */
export type RequiredModel =
  | "none"
  | {
      /** Billions of parameters. */
      readonly minSize?: number;
      readonly maxSize?: number;
      readonly minExpertise?: string;
      /** Levels, one of which it must have. */
      readonly expertise?: readonly string[];
      readonly capabilities?: readonly string[];
      readonly maxLatencyMs?: number;
      readonly minTokensPerSecond?: number;
      readonly minAccuracy?: number;
      readonly preferred?: readonly string[];
      readonly excluded?: readonly string[];
      readonly fallback?: "best_available" | "cheapest";
      readonly costLimit?: {
        readonly nanoUsd: number;
        readonly period: "per-task" | "per-pipeline";
      };
    };

/** A parameter as written, with the type that its rendered value is fitted to. */
export type PlanParameter = {
  readonly name: string;
  readonly type: FieldType;
  readonly required: boolean;
  /** Its key starts with `_` (L40), or nothing in it is a template. */
  readonly field: Field;
  /** A secret goes into it, so that its rendered value is never recorded (L163). */
  readonly secret?: boolean;
};

/** Where a run goes on after a step, and what it skips on the way (L84, L85). */
export type Route = {
  readonly when: "condition_false" | "success" | "failure" | "otherwise";
  readonly target: string;
  /** Steps skipped with reason `routed`, in document order. */
  readonly skips: readonly string[];
};

/** L83. `retry` is compiled into attempts and `fail`; a step id into a route and `continue`. */
export type FailurePolicy = "fail" | "continue" | "skip";

/** L88–L90. */
export type AttemptPolicy = {
  /** Attempts in all, at least 1. */
  readonly max: number;
  readonly backoff: "none" | "constant" | "linear" | "exponential";
  readonly initialMs: number;
  readonly multiplier: number;
  readonly incrementMs: number;
  readonly maxIntervalMs: number;
  readonly jitter: boolean;
  readonly retryOn: readonly string[];
  readonly noRetryOn: readonly string[];
};

/** L91, L92. Milliseconds. */
export type TimeoutPolicy = {
  readonly attemptMs: number | null;
  readonly totalMs: number | null;
  readonly heartbeatMs: number | null;
};

/** How a model step finds its model. */
export type ModelField =
  /** Names tried in order; a template yields one (L134). */
  | { readonly kind: "names"; readonly names: readonly Field[] }
  /** An AUTO: attributes select, the body is the reason (L132). */
  | {
      readonly kind: "auto";
      /** Names its record (L130). */
      readonly path: string;
      readonly attributes: Readonly<Record<string, string>>;
      readonly reason: Field;
    }
  /** Tried in order, AUTOs among them. */
  | {
      readonly kind: "list";
      readonly models: readonly Exclude<ModelField, { readonly kind: "list" }>[];
    };

/** A declared output (L29–L31). */
export type PlanOutput = {
  readonly name: string;
  readonly value: Field;
  /** Set by the object form. */
  readonly type: FieldType | null;
  readonly schema: Json | null;
  readonly location: Field | null;
  /** L165: it says so, or reads something that is. */
  readonly sensitive?: boolean;
};
