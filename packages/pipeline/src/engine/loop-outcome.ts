import type { StepError, Termination } from "../events.ts";
import { type Frame, frameOf, framesOf, type Instance } from "./frame.ts";

/** What became of an iteration (L119). */
export type IterationStatus = "completed" | "failed" | "skipped" | "running";

/** How the iterations of a container ended, counted (L118). */
export type Tally = {
  readonly iterations: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly skipped: number;
};

/** What became of an iteration: it fails with a step that fails under `fail` (L114), of actions with any (L122, L123). */
export function iterationStatus(frame: Frame): IterationStatus {
  if (frame.skipped) {
    return "skipped";
  }
  if (hasFailed(frame)) {
    return "failed";
  }
  const isOpen =
    frame.settled < frame.instances.length && frame.owner?.record.loop?.end === undefined;
  return isOpen ? "running" : "completed";
}

/** True once nothing can make the iteration succeed any more. */
export function hasFailed({ owner, halted, failures }: Frame): boolean {
  const step = owner?.place.step;
  const counts = step?.kind === "loop" && (step.form === "action_loop" || step.form === "queue");
  return halted || (counts && failures.length > 0);
}

/** The iterations of a container; before its end those in which anything has happened. */
export function iterationsOf(container: Instance): readonly Frame[] {
  const { end } = container.record.loop ?? {};
  return end === undefined
    ? framesOf(container)
    : Array.from({ length: end.iterations }, (_, iteration) => frameOf(container, iteration));
}

/** Counts the iterations of a container. */
export function tallyOf(container: Instance): Tally {
  const tally = { iterations: 0, succeeded: 0, failed: 0, skipped: 0 };
  for (const frame of iterationsOf(container)) {
    tally.iterations += 1;
    switch (iterationStatus(frame)) {
      case "completed":
        tally.succeeded += 1;
        break;
      case "failed":
        tally.failed += 1;
        break;
      case "skipped":
        tally.skipped += 1;
        break;
      case "running":
    }
  }
  return tally;
}

/** The share of iterations that succeeded, of those that were not skipped; 1 of none. */
export function successRate({ succeeded, failed }: Tally): number {
  return succeeded + failed === 0 ? 1 : succeeded / (succeeded + failed);
}

/** L82: the failures inside count as recovered, since the container succeeded by its rate (L114) or in spite of them (L122). */
export function isForgiving(container: Instance): boolean {
  const { step } = container.place;
  return step.kind === "loop" && (step.form === "action_loop" || tallyOf(container).failed > 0);
}

/** L114, L122: whether a loop whose iterations are over has failed. */
export function failsWith(container: Instance, terminatedBy: Termination): boolean {
  const { place, record } = container;
  const { step } = place;
  if (step.kind === "group") {
    return tallyOf(container).failed > 0;
  }
  if (step.kind === "task" || terminatedBy === "empty") {
    return false;
  }
  if (step.form === "action_loop") {
    const last = iterationsOf(container).at(-1);
    return terminatedBy !== "condition" && last !== undefined && hasFailed(last);
  }
  const tally = tallyOf(container);
  return tally.failed > 0 && successRate(tally) < (record.loop?.minSuccessRate ?? 1);
}

/** The failure that an iteration has failed with (L114); undefined while it has not. */
export function iterationError(frame: Frame): StepError | undefined {
  const failure = hasFailed(frame)
    ? (frame.failures.find(haltsFrame) ?? frame.failures[0])
    : undefined;
  return failure?.record.error;
}

/** True when a failure of the step ends the run, or the iteration that it is part of: policy `fail`, and no route for it (L83, L84). */
export function haltsFrame({ place: { step } }: Instance): boolean {
  return step.onFailure === "fail" && !step.routes.some(({ when }) => when === "failure");
}
