// What events of loops look like when they are stored (event-codec.ts).
import type { Payload } from "./event-codec.ts";
import type { LoopEnd, RunEvent } from "./events.ts";

/** An event of a loop's own. */
export type LoopEvent = Extract<RunEvent, { readonly kind: "loop_started" | "loop_decided" }>;

type Of<K extends LoopEvent["kind"]> = Extract<LoopEvent, { readonly kind: K }>;
type Stored = { readonly step: string; readonly fields: Payload };

/** Gives an event of a loop its payload. */
export function loopPayload(event: LoopEvent): Payload {
  if (event.kind === "loop_decided") {
    return { at: event.atMs, iteration: event.iteration, verdict: event.verdict };
  }
  const { atMs, items, maxIterations, maxParallel, minSuccessRate } = event;
  return {
    at: atMs,
    ...(items === undefined ? {} : { items }),
    ...(maxIterations === undefined ? {} : { max_iterations: maxIterations }),
    ...(maxParallel === undefined ? {} : { max_parallel: maxParallel }),
    ...(minSuccessRate === undefined ? {} : { min_success_rate: minSuccessRate }),
  };
}

/** Reads that a loop has started. */
export function loopStartedFrom({ step, fields }: Stored): Of<"loop_started"> {
  const { at: atMs = 0, items, max_iterations, max_parallel, min_success_rate } = fields;
  return {
    kind: "loop_started",
    step,
    atMs,
    ...(items === undefined ? {} : { items }),
    ...(max_iterations === undefined ? {} : { maxIterations: max_iterations }),
    ...(max_parallel === undefined ? {} : { maxParallel: max_parallel }),
    ...(min_success_rate === undefined ? {} : { minSuccessRate: min_success_rate }),
  };
}

/** Reads a verdict on an iteration. */
export function decidedFrom({ step, fields }: Stored): Of<"loop_decided"> {
  const { at: atMs = 0, iteration = 0, verdict = false } = fields;
  return { kind: "loop_decided", step, iteration, verdict, atMs };
}

/** What a settlement says of how a loop ended. */
export function loopEndPayload(
  loop: LoopEnd | undefined,
): Pick<Payload, "iterations" | "terminated_by"> {
  return loop === undefined
    ? {}
    : { iterations: loop.iterations, terminated_by: loop.terminatedBy };
}

/** Reads how a loop ended. */
export function loopEndFrom({
  terminated_by: terminatedBy,
  iterations = 0,
}: Payload): LoopEnd | undefined {
  return terminatedBy === undefined ? undefined : { iterations, terminatedBy };
}
