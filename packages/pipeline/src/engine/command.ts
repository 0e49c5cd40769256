import type { RunEvent, SkipReason, StepError } from "../events.ts";
import type { ContainerEnd } from "./container-run.ts";
import type { Instance } from "./frame.ts";

/** What a run's shell has to do next. */
export type Command =
  /** Record this; it follows from what is recorded already. */
  | { readonly kind: "record"; readonly event: RunEvent }
  /** Start a step: condition, rendering, attempt. It holds a slot until it settles or its attempt fails. */
  | { readonly kind: "start"; readonly instance: Instance; readonly attempt: number }
  /** Open a container: condition, list and bounds. It holds no slot. */
  | { readonly kind: "open"; readonly instance: Instance }
  /** Find out whether an iteration of a container runs, and tell the schedule. */
  | { readonly kind: "decide"; readonly instance: Instance; readonly iteration: number }
  /** Write and check what a container that succeeded leaves, and record its end. */
  | { readonly kind: "close"; readonly instance: Instance; readonly end: ContainerEnd }
  /** Ask every attempt, or every one in a container, to stop, and settle it as cancelled for this reason (L91, L93, L94). */
  | { readonly kind: "stop"; readonly reason: string; readonly within?: Instance }
  /** Ask again at this time, at the latest. */
  | { readonly kind: "wake"; readonly atMs: number }
  /** Nothing but long back-offs and waits is left: give the executor up until then, or until a message (I9). */
  | { readonly kind: "suspend"; readonly wakeAfterMs: number }
  /** The time of a wait has passed: put that into the run's inbox, where the first message for the wait counts (L150). */
  | { readonly kind: "expire"; readonly instance: Instance }
  /** Nothing is left: evaluate the outputs and end the run. */
  | { readonly kind: "finish"; readonly finish: Finish };

/** How a run ends, but for its outputs. */
export type Finish = {
  readonly status: "completed" | "failed" | "cancelled";
  readonly error?: StepError;
  readonly unreached?: SkipReason;
};
