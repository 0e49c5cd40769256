import { idOf } from "../engine/frame.ts";
import type { RunState } from "../engine/run-state.ts";
import type { Artifact } from "../events.ts";

/** A file that a step of the run wrote (L36). */
export type RunArtifact = Artifact & { readonly step: string };

/** The files that a run's steps wrote: the last version of every path, by path. */
export function artifactsOf(state: RunState): readonly RunArtifact[] {
  const last = new Map<string, RunArtifact>();
  for (const instance of state.settled) {
    for (const artifact of instance.record.artifacts ?? []) {
      last.set(artifact.path, { ...artifact, step: idOf(instance) });
    }
  }
  return [...last.values()].toSorted((a, b) => (a.path < b.path ? -1 : Number(a.path > b.path)));
}

/** An artifact in a document (L36). */
export type ArtifactDocument = {
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
  readonly media_type: string;
  readonly step: string;
};

/** Makes what a document says of an artifact. */
export function artifactDocument({
  path,
  size,
  sha256,
  mediaType,
  step,
}: RunArtifact): ArtifactDocument {
  return { path, size, sha256, media_type: mediaType, step };
}
