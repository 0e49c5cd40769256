import { type RenderedOutputs, type RunState, stepError } from "@orchestrator/pipeline";

import { renderHeavy, type RenderingDeps, renderLight } from "./rendering.ts";
import { messageOf } from "./thrown-error.ts";

const TARGET = { kind: "outputs" } as const;

/** The outputs of a run whose steps have settled, when they are quickly had. */
export function outputsNow(state: RunState, deps: RenderingDeps): RenderedOutputs | undefined {
  const rendered = renderLight(state, TARGET, deps);
  return rendered?.kind === "outputs" ? rendered.outputs : undefined;
}

/** The outputs of a run, however long they take; what cannot be rendered at all has failed (L31). */
export async function outputsLater(
  state: RunState,
  { deps, troubled }: { deps: RenderingDeps; troubled: (error: unknown) => void },
  signal: AbortSignal,
): Promise<RenderedOutputs> {
  try {
    const rendered = await renderHeavy(state, { target: TARGET, deps }, signal);
    return rendered.kind === "outputs" ? rendered.outputs : { outputs: {} };
  } catch (error) {
    troubled(error);
    return { outputs: {}, error: stepError("OUTPUT_FAILED", messageOf(error)) };
  }
}
