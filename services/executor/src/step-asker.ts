import {
  asksForRoute,
  type AttemptResult,
  type AutoQuestion,
  type RunState,
  type StepError,
  stepError,
} from "@orchestrator/pipeline";

import type { Attempt } from "./attempt.ts";
import { isLargerThan } from "./json-size.ts";
import type { AttemptNote, PerformDeps, Performed } from "./perform.ts";
import { askerOf, failureIn, resolveAutos } from "./resolve-autos.ts";
import type { AssignedRun } from "./run-channel.ts";
import type { RunLog } from "./run-log.ts";

/** What asking for the steps of one run takes. */
export type StepAskerDeps = PerformDeps & {
  readonly run: AssignedRun;
  readonly log: Pick<RunLog, "append" | "settled">;
  readonly mayStart: () => Promise<void> | undefined;
  readonly state: RunState;
};

type Unanswered = { readonly error: StepError; readonly given: AttemptResult };

/** Asks for the AUTO tags of steps, and records what is noted of attempts under way. */
export class StepAsker {
  readonly #deps: StepAskerDeps;
  readonly #surprise: (error: unknown) => { readonly error: StepError };

  constructor(deps: StepAskerDeps, surprise: (error: unknown) => { readonly error: StepError }) {
    this.#deps = deps;
    this.#surprise = surprise;
  }

  /** Answers, recorded; or the failure of those that have none. */
  async ask(attempt: Attempt, questions: readonly AutoQuestion[]): Promise<Unanswered | undefined> {
    const { run } = this.#deps;
    const { step } = attempt;
    const asker = askerOf(this.#deps, {
      step,
      attempt: attempt.number,
      usage: attempt.instance.record.usage,
      traceparent: run.traceparent,
    });
    try {
      const answers = await resolveAutos(questions, asker, attempt.signal);
      const events = answers.flatMap((answer) => (answer.kind === "resolved" ? answer.event : []));
      await this.note(attempt, events);
      return failureIn(answers);
    } catch (error) {
      const { error: failed } = attempt.cause === undefined ? this.#surprise(error) : STOPPED;
      return { error: failed, given: {} };
    }
  }

  /** Records something of an attempt that goes on when it is committed. */
  async note(attempt: Attempt, events: readonly AttemptNote[]): Promise<void> {
    const { log, mayStart } = this.#deps;
    const fresh = events.filter((event) => !this.#isKnown(event));
    if (attempt.isOver || fresh.length === 0) {
      return;
    }
    fresh.forEach((event) => log.append(event));
    await log.settled();
    await mayStart();
  }

  /** L84, L87: where the run goes on is asked once the step has run, and recorded before it settles. */
  async chooseRoute(
    attempt: Attempt,
    { route, performed }: { route: AutoQuestion | undefined; performed: Performed },
  ): Promise<Unanswered | undefined> {
    const { instance } = attempt;
    const outcome = performed.kind === "failed" ? "failure" : "success";
    if (route === undefined || !asksForRoute(instance, outcome)) {
      return undefined;
    }
    const { result } = performed.given;
    const own = result !== undefined && "inline" in result ? result.inline : null;
    const context = { ...route.context, [instance.place.step.id]: own };
    return this.ask(attempt, [isLargerThan(context, MAX_CONTEXT) ? route : { ...route, context }]);
  }

  /** Another step asked for the same output, and was told first (L32). */
  #isKnown(event: AttemptNote): boolean {
    return (
      event.kind === "auto_resolved" &&
      event.step === "" &&
      Object.hasOwn(this.#deps.state.autos, event.path)
    );
  }
}

const STOPPED = { error: stepError("CANCELLED", "the attempt was stopped") };

/** Bytes of what a model is shown of a step that has run (L218). */
const MAX_CONTEXT = 32 * 1024;
