import type { FailureCode, FieldType, Finding, JsonObject } from "@orchestrator/pipeline";
import type { Json } from "@orchestrator/template";

/** A case of any implementation of the language: what goes in, and what must come out. */
export type Case = DocumentCase | RunCase | TemplateCase | ConditionCase | FitCase | DurationCase;

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
  /** Parameters that actions were given, by step. */
  readonly given?: Readonly<Record<string, JsonObject>>;
  /** Payloads of events as everybody may see them; a text stands for one that contains it. */
  readonly hidden?: readonly string[];
  /** A part of the result document; the same in whatever order attempts end. */
  readonly expect: JsonObject;
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
