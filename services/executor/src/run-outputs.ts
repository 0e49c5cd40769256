import { type RenderedOutputs, type RunState, stepError } from "@orchestrator/pipeline";

import type { PerformDeps } from "./perform.ts";
import { renderHeavy, type RenderingDeps, renderLight } from "./rendering.ts";
import { askerOf, notAsked, resolveAutos } from "./resolve-autos.ts";
import type { RunLog } from "./run-log.ts";
import { messageOf } from "./thrown-error.ts";

/** A run whose steps have settled. */
export type SettledRun = {
  readonly state: RunState;
  readonly log: Pick<RunLog, "append">;
  readonly deps: RenderingDeps & PerformDeps;
};

/** How outputs are evaluated. */
export type Evaluation = {
  /** Models may be asked for AUTO tags. */
  readonly asks: boolean;
  readonly traceparent: string;
  /** The run is no longer held: nothing more is recorded. */
  readonly isGone: () => boolean;
  readonly troubled: (error: unknown) => void;
};

/** Outputs, and how many events were recorded on the way. */
export type Evaluated = { readonly rendered: RenderedOutputs; readonly appended: number };

/** The outputs of a run, when they are quickly had and nobody has to be asked. */
export function evaluatedNow({ state, deps }: SettledRun): Evaluated | undefined {
  const rendered = now(state, { deps, unanswered: {} });
  return rendered === undefined || rendered.questions !== undefined
    ? undefined
    : { rendered, appended: 0 };
}

/**
 * The outputs of a run, however long they take. Answers to AUTO tags are recorded before they are used (L130); an output
 * whose tag has none has failed, as one that cannot be rendered (L31).
 */
export async function evaluated(
  { state, log, deps }: SettledRun,
  { asks, traceparent, isGone, troubled }: Evaluation,
  signal: AbortSignal,
): Promise<Evaluated> {
  const unanswered: Record<string, string> = {};
  for (let appended = 0; ;) {
    const given = { deps, unanswered };
    const rendered = now(state, given) ?? (await later(state, { ...given, troubled }, signal));
    const { questions } = rendered;
    if (questions === undefined || isGone()) {
      return { rendered, appended };
    }
    const asker = askerOf(deps, { usage: state.autoUsage, traceparent });
    const answers = asks
      ? await resolveAutos(questions, asker, signal)
      : questions.map(() => notAsked());
    if (isGone()) {
      return { rendered, appended };
    }
    for (const [at, answer] of answers.entries()) {
      if (answer.kind === "resolved") {
        log.append(answer.event);
        appended += 1;
      } else {
        unanswered[questions[at]?.path ?? ""] = answer.error.message;
      }
    }
  }
}

type Given = {
  readonly deps: RenderingDeps;
  /** Why AUTO tags have no value, by field path. */
  readonly unanswered: Readonly<Record<string, string>>;
};

function now(state: RunState, { deps, unanswered }: Given): RenderedOutputs | undefined {
  const rendered = renderLight(state, { kind: "outputs", unanswered }, deps);
  return rendered?.kind === "outputs" ? rendered.outputs : undefined;
}

async function later(
  state: RunState,
  { deps, unanswered, troubled }: Given & { troubled: (error: unknown) => void },
  signal: AbortSignal,
): Promise<RenderedOutputs> {
  try {
    const target = { kind: "outputs", unanswered } as const;
    const rendered = await renderHeavy(state, { target, deps }, signal);
    return rendered.kind === "outputs" ? rendered.outputs : { outputs: {} };
  } catch (error) {
    troubled(error);
    return { outputs: {}, error: stepError("OUTPUT_FAILED", messageOf(error)) };
  }
}
