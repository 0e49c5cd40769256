import type { Frame, Instance } from "../engine/frame.ts";
import type { RunState } from "../engine/run-state.ts";
import type { ResultReader } from "./step-view.ts";

/** What rendering takes from outside the fold. */
export type RunReading = {
  readonly state: RunState;
  /** The run's id as text. */
  readonly runId: string;
  readonly nowMs: number;
  /** From where things are seen; absent for the outputs, which see all of the root. */
  readonly from?: Viewpoint | undefined;
  /** Stored results of the steps that are read; fetched before. */
  readonly read: ResultReader;
  /** Why AUTO tags of outputs have no value, by field path. */
  readonly unanswered?: Readonly<Record<string, string>>;
  /** What the parameters of the step may read; fetched before (L163). */
  readonly secrets?: SecretValues;
};

/** Values of secrets, and of variables of the environment, by name. */
export type SecretValues = {
  readonly secrets: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
};

/** From where names are seen. */
export type Viewpoint = {
  /** Whose steps and whose outer steps are in scope. */
  readonly frame: Frame;
  /** Who reads: of variables it sees what steps above it set (L186); absent where all of the frame is above. */
  readonly at?: Instance;
  /** An iteration that is being decided about, and need not have begun: its bindings are in scope. */
  readonly loop?: { readonly container: Instance; readonly iteration: number };
};
