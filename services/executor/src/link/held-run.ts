import type { AssignedRun, HeldRun } from "../run-channel.ts";
import type { AppendQueue } from "./append-queue.ts";

/** A run that this executor holds, with the link that carries it. */
export type Holding<L> = {
  readonly assigned: AssignedRun;
  readonly queue: AppendQueue;
  /** False from when it is given back, taken away or over. */
  isHeld: boolean;
  /** Set right after the run was taken up. */
  run: HeldRun | undefined;
  /** Undefined while no replica can be reached. */
  carrier: { readonly link: L; readonly handle: number } | undefined;
  /** Number of the last message that the run was told. */
  deliveredSeq: number;
  /** Set while a refusal waits for the messages that it speaks of. */
  aheadOf: number | undefined;
};

/** A run's id as a key of maps. */
export function runKey(runId: Uint8Array): string {
  return Buffer.from(runId.buffer, runId.byteOffset, runId.byteLength).toString("latin1");
}
