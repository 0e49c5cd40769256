import type { AssignedRun } from "./run-channel.ts";

/** Told what happens to runs and attempts: for logs and metrics. */
export interface RunObserver {
  attemptEnded(attempt: EndedAttempt): void;
  runEnded(end: {
    readonly run: AssignedRun;
    readonly status: string;
    readonly durationMs: number;
  }): void;
  /** A run left without an end: taken away, suspended, given back. */
  runLeft(leave: { readonly run: AssignedRun; readonly reason: string }): void;
  /** Something that should not happen did; the run is given back. */
  runBroke(broken: { readonly run: AssignedRun; readonly error: unknown }): void;
  /** Something failed that is tried again. */
  troubled(trouble: {
    readonly run: AssignedRun;
    readonly doing: string;
    readonly error: unknown;
  }): void;
}

/** An attempt that is over. */
export type EndedAttempt = {
  readonly run: AssignedRun;
  readonly step: string;
  readonly tool: string | null;
  readonly operation: string;
  readonly attempt: number;
  readonly outcome: "succeeded" | "failed" | "cancelled" | "lost";
  readonly code: string | undefined;
  readonly durationMs: number;
};
