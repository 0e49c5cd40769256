import type {
  Artifact,
  JsonObject,
  LoopBounds,
  LoopEnd,
  ModelUsage,
  ResultValue,
  RunWarning,
  SkipReason,
  StepError,
} from "../events.ts";
import type { WaitRecord } from "../wait/wait.ts";

/** Status of an instance (L80). */
export type StepStatus =
  | "pending"
  | "running"
  | "waiting"
  | "completed"
  | "failed"
  | "skipped"
  | "cancelled";

/** What is recorded of an instance; plain JSON, so that it can be stored. Only `apply` changes it. */
export type StepRecord = {
  status: StepStatus;
  /** L69: completed with success. */
  success: boolean;
  /** Number of the last attempt that counts; 0 before the first. */
  attempts: number;
  /** Attempts that vanished since the last one that ended (L51). */
  lost: number;
  /** When the first attempt began and the last one ended, milliseconds since 1970. */
  startedAtMs?: number;
  endedAtMs?: number;
  /** For `waiting`: when the next attempt is due. */
  dueAtMs?: number;
  /** Sequence number of the settling event. */
  seq?: number;
  result?: ResultValue;
  error?: StepError;
  skipReason?: SkipReason;
  parameters?: JsonObject;
  artifacts?: readonly Artifact[];
  /** Of all attempts together (L143). */
  usage?: ModelUsage;
  location?: string;
  warnings?: readonly RunWarning[];
  log?: AttemptLogEntry[];
  /** Values of its AUTO tags, by field path (L130). */
  autos?: JsonObject;
  /** What the attempt under way waits for, or has waited for (§13). */
  wait?: WaitRecord;
  /** Of a container, once it has started. */
  loop?: LoopFacts;
};

/** What is recorded of a container beside its frames. */
export type LoopFacts = LoopBounds & {
  /** Verdicts by iteration that asking again could change (I8). */
  readonly decided?: Readonly<Record<string, true>>;
  /** Once it has settled. */
  readonly end?: LoopEnd;
};

/** An attempt that ended (L175). */
export type AttemptLogEntry = {
  readonly number: number;
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly error?: StepError;
};

/** What nothing happened to yet. */
export const UNTOUCHED: StepRecord = Object.freeze({
  status: "pending",
  success: false,
  attempts: 0,
  lost: 0,
});

/** True once nothing more happens to the instance. */
export function isSettled({ status }: StepRecord): boolean {
  return status !== "pending" && status !== "running" && status !== "waiting";
}

const STRENGTH: readonly SkipReason[] = ["else_not_needed", "routed", "dependency_failed"];

/** True when a step that was skipped for a reason is rather skipped for another one: there may be several at once. */
export function isStronger(reason: SkipReason, than: SkipReason): boolean {
  return STRENGTH.includes(than) && STRENGTH.indexOf(reason) > STRENGTH.indexOf(than);
}
