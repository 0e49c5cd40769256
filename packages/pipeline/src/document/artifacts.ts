import { stepAt } from "../engine/loaded-plan.ts";
import { recordOf, type RunState } from "../engine/run-state.ts";
import type { Artifact } from "../events.ts";

/** A file that a step of the run wrote (L36). */
export type RunArtifact = Artifact & { readonly step: string };

/** The files that a run's steps wrote: the last version of every path, by path. */
export function artifactsOf(state: RunState): readonly RunArtifact[] {
  const last = new Map<string, RunArtifact>();
  for (const index of state.settled) {
    const { step } = stepAt(state.loaded, index);
    for (const artifact of recordOf(state, index).artifacts ?? []) {
      last.set(artifact.path, { ...artifact, step: step.id });
    }
  }
  return [...last.values()].toSorted((a, b) => (a.path < b.path ? -1 : Number(a.path > b.path)));
}
