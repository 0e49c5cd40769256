import type { FailureCode, FieldType, Finding, JsonObject } from "@orchestrator/pipeline";
import type { Json } from "@orchestrator/template";

/** A case of any implementation of the language: what goes in, and what must come out. */
export type Case =
  | DocumentCase
  | RunCase
  | ModelCase
  | TemplateCase
  | ConditionCase
  | FitCase
  | DurationCase;

type Titled = { readonly name: string; readonly rules: readonly string[] };

/** Files with the document, by path: their text, or a text that is repeated to make a large one. */
export type CaseFiles = Readonly<
  Record<string, string | { readonly text: string; readonly times: number }>
>;

/** A document compiled, and with `inputs` submitted. */
export type DocumentCase = Titled & {
  readonly kind: "document";
  /** Lines of the document, or its whole text. */
  readonly document: string | readonly string[];
  readonly files?: CaseFiles;
  readonly inputs?: JsonObject;
  readonly expect: {
    readonly valid: boolean;
    /** All findings but infos, in order, each with at least these facts; with `every: true` the infos too. */
    readonly findings?: readonly Partial<Finding>[];
    readonly every?: boolean;
    /** A part of the plan. */
    readonly plan?: Json;
    readonly violations?: readonly { readonly code: string; readonly input: string }[];
    /** What submission binds. */
    readonly bound?: JsonObject;
    readonly warnings?: readonly string[];
    readonly sections?: JsonObject;
  };
};

/** A document run to its end, with what its steps give. */
export type RunCase = Titled & {
  readonly kind: "run";
  readonly document: string | readonly string[];
  readonly files?: CaseFiles;
  readonly inputs?: JsonObject;
  /** What the deployment holds under these names. */
  readonly secrets?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  /** By step, for each attempt; without one, `echo` and `set` give what they are given. */
  readonly results?: Readonly<Record<string, readonly StepScript[]>>;
  /** Nobody is there to be asked (L152). */
  readonly unattended?: boolean;
  /** What is sent to the run, in order. */
  readonly inbox?: readonly CaseMessage[];
  /** Parameters that actions were given, by step. */
  readonly given?: Readonly<Record<string, JsonObject>>;
  /** Payloads of events as everybody may see them; a text stands for one that contains it. */
  readonly hidden?: readonly string[];
  /** A part of the result document; the same in whatever order attempts end. */
  readonly expect: JsonObject;
};

/** A signal, or a person's answer to a step, sent so many seconds after the start. */
export type CaseMessage = {
  readonly at: number;
  readonly signal?: string;
  readonly step?: string;
  readonly answer: Json;
  readonly by?: string;
  /** The answer does not fit, and the step waits on. */
  readonly refused?: boolean;
};

/** A document run with models that answer by a script. */
export type ModelCase = Titled & {
  readonly kind: "model_run";
  readonly document: string | readonly string[];
  readonly inputs?: JsonObject;
  /** Answers to AUTO tags that come with the run (L131). */
  readonly auto_responses?: JsonObject;
  /** Models of the provider `scripted`; without any facts it is one that generates text, JSON and calls of tools. */
  readonly models?: readonly ScriptedModel[];
  /** Other names of models. */
  readonly aliases?: Readonly<Record<string, string>>;
  /** What they answer, one request after another; the last one serves all further ones. Without: by kind of request. */
  readonly replies?: readonly ModelReply[];
  /** The executor dies once this many events are recorded, and another one goes on. */
  readonly killed_after?: number;
  /** A part of the result document. */
  readonly expect: JsonObject;
  /** What the models were asked, in order; as many as there are here. */
  readonly asked?: readonly ExpectedRequest[];
  /** Parts of the events that say what was asked and called, in order; as many as there are here. */
  readonly told?: readonly JsonObject[];
  /** Files that the run left, with their text. */
  readonly left?: Readonly<Record<string, string>>;
};

/** A model as it is configured; what is not said of it is not known. */
export type ScriptedModel = {
  readonly name: string;
  readonly provider?: string;
  readonly capabilities?: readonly string[];
  readonly context?: number;
  readonly expertise?: string;
  readonly size?: number;
  readonly accuracy?: number;
  readonly input_usd_per_mtok?: number;
  readonly output_usd_per_mtok?: number;
  readonly latency_ms?: number;
};

/** What a model does with a request. */
export type ModelReply =
  | { readonly text: string; readonly usage?: readonly [input: number, output: number] }
  | {
      readonly tool_calls: readonly { readonly name: string; readonly arguments: JsonObject }[];
    }
  /** A class of trouble of the provider. */
  | { readonly trouble: "rate_limited" | "overloaded" | "authentication" };

/** What must be true of a request; texts must occur in its messages. */
export type ExpectedRequest = {
  readonly model?: string;
  readonly says?: readonly string[];
  readonly silent_about?: readonly string[];
  readonly temperature?: number;
  readonly max_tokens?: number;
  /** `none`, `object` or `schema`. */
  readonly form?: string;
  readonly tools?: readonly string[];
};

/** What a model was asked, and by whom it was answered. */
export type ScriptedUsage = {
  readonly model: string;
  readonly provider: string;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cost_nano_usd: number;
};

/** How an attempt ends. */
export type StepScript =
  | { readonly result: Json; readonly usage?: ScriptedUsage }
  | {
      readonly usage?: ScriptedUsage;
      readonly error: {
        readonly code: FailureCode;
        readonly message?: string;
        readonly status?: number;
      };
    };

/** A template rendered with plain values in scope. */
export type TemplateCase = Titled & {
  readonly kind: "template";
  readonly template: string;
  readonly context?: JsonObject;
  readonly expect:
    | { readonly value: Json }
    | { readonly unresolved: readonly string[] }
    | { readonly failed: string }
    | { readonly refused: string };
};

/** A condition evaluated with plain values in scope. */
export type ConditionCase = Titled & {
  readonly kind: "condition";
  readonly condition: string | boolean;
  readonly context?: JsonObject;
  readonly expect:
    | { readonly verdict: boolean }
    | { readonly failed: true }
    | { readonly refused: string };
};

/** A value fitted to a type. */
export type FitCase = Titled & {
  readonly kind: "fit";
  readonly value: Json;
  readonly type: FieldType;
  readonly expect: { readonly value: Json } | { readonly misfit: true };
};

/** A duration read. */
export type DurationCase = Titled & {
  readonly kind: "duration";
  readonly value: Json;
  readonly expect: { readonly ms: number } | { readonly refused: true };
};
