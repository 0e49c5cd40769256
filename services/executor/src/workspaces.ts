import type { Artifact, StoredFile } from "@orchestrator/pipeline";
import type { Workspace } from "@orchestrator/tools";

import type { AssignedRun, RunStore } from "./run-channel.ts";

/** Gives runs the directory that they work in (architecture 4.6). */
export interface Workspaces {
  /** Opens the workspace of a run: what was put into it and what committed steps wrote is there. */
  open(
    run: AssignedRun,
    given: { readonly files: readonly StoredFile[]; readonly store: RunStore },
    signal: AbortSignal,
  ): Promise<RunWorkspace>;
}

/** The files of one held run. Disposing removes what was made for this holding. */
export interface RunWorkspace extends AsyncDisposable {
  readonly workspace: Workspace;
  readonly roots: WorkspaceRoots;
  /** Opens what a tool that runs host programs works in. */
  openForPrograms(signal: AbortSignal): Promise<ProgramWorkspace>;
  /** Stores files of the workspace, so that whoever continues the run has them. */
  capture(paths: readonly string[], signal: AbortSignal): Promise<readonly Artifact[]>;
}

/** Where host programs work. Disposing throws away what was not kept. */
export interface ProgramWorkspace extends AsyncDisposable {
  readonly workspace: Workspace;
  /** Takes what changed over into the run's workspace; answers with the paths of changed files. */
  keep(signal: AbortSignal): Promise<readonly string[]>;
}

/** Directories, for what opens them elsewhere. */
export type WorkspaceRoots = {
  readonly root: string;
  readonly bundle: string | undefined;
  readonly denied: readonly string[];
};
