import type { AttemptPolicy, PipelineFacts, Plan, SectionName, TimeoutPolicy } from "../plan.ts";
import type { Entry, MapNode, Node } from "../source/node.ts";
import type { Keys } from "./read-keys.ts";

/** A document whose aliases and wrappers are gone: what every later part of the compiler reads. */
export type CoreDocument = {
  readonly facts: PipelineFacts;
  readonly inputs: readonly CoreInput[];
  readonly sections: readonly CoreSection[];
  /** In document order, nested else steps right after their owner. */
  readonly steps: readonly CoreStep[];
  /** Ids inside constructs that are not implemented. */
  readonly hidden: ReadonlySet<string>;
  readonly outputs: readonly CoreOutput[];
  readonly settings: Settings;
  readonly defaults: StepDefaults;
};

/** What acts on the run as a whole. */
export type Settings = {
  readonly strictInputs: boolean;
  readonly maxParallel: number;
  readonly timeoutMs: number | undefined;
  readonly priority: number;
  readonly labels: Readonly<Record<string, string>>;
  /** L163. */
  readonly secrets: readonly string[];
  /** L143. */
  readonly budget: Plan["budget"];
};

/** A value with its place. */
export type CoreInput = {
  readonly name: string;
  readonly offset: number;
  /** `inputs.x` or `parameters.x`. */
  readonly path: string;
  /** The declaration, or a direct value (L20). */
  readonly form:
    | { readonly kind: "declared"; readonly map: MapNode }
    | { readonly kind: "direct"; readonly value: Node };
};

export type CoreSection = { readonly name: SectionName; readonly node: MapNode };

export type CoreOutput = {
  readonly name: string;
  readonly offset: number;
  readonly path: string;
  readonly node: Node;
};

/** How a container runs its steps (L37, L104). */
export type ContainerForm = "for_each" | "repeat" | "action_loop" | "queue" | "parallel";

/** A step with its keys by canonical spelling. */
export type CoreStep = {
  readonly id: string;
  /** Position among all steps of the document. */
  readonly ordinal: number;
  /** Position in its block. */
  readonly index: number;
  /** The container whose body it is part of; null for the plan's own steps. */
  readonly container: CoreStep | null;
  /** Of a container. */
  readonly form: ContainerForm | null;
  /** The steps of a container, in document order. */
  readonly body: readonly CoreStep[];
  /** It is a loop over its own tool or action, or what that runs (L104). */
  readonly single: boolean;
  readonly offset: number;
  /** Where it stands: `steps[2]`, `steps[2].else[0]`. */
  readonly path: string;
  /** The list that it belongs to: jumps stay inside one. */
  readonly list: number;
  readonly keys: Keys;
  /** A construct of another rule: nothing in it is looked at. */
  readonly opaque: boolean;
  /** The steps of its else branch, in the order written. */
  readonly elseSteps: readonly string[];
};

/** What steps inherit (L19). */
export type StepDefaults = {
  readonly timeouts: TimeoutPolicy;
  readonly attempts: AttemptEntries;
  readonly onFailure: Entry | undefined;
  readonly model: Entry | undefined;
};

/** The keys that say how often a step is tried, as written. */
export type AttemptEntries = {
  readonly keys: Keys;
  readonly path: string;
  readonly step: string | null;
};

/** One attempt, as soon as possible (L88). */
export const ONE_ATTEMPT: AttemptPolicy = {
  max: 1,
  backoff: "none",
  initialMs: 1_000,
  multiplier: 2,
  incrementMs: 1_000,
  maxIntervalMs: 60_000,
  jitter: true,
  retryOn: ["*"],
  noRetryOn: [],
};
