import type { AssignedRun, HeldRun } from "../run-channel.ts";
import type { AppendQueue } from "./append-queue.ts";

/** A run that this executor holds, with the link that carries it. */
export type Holding<L> = {
  readonly assigned: AssignedRun;
  readonly queue: AppendQueue;
  /** Set right after the run was taken up. */
  run: HeldRun | undefined;
  /** Undefined while no replica can be reached. */
  carrier: { readonly link: L; readonly handle: number } | undefined;
  /** Number of the last message that the run was told. */
  deliveredSeq: number;
  /** Set while a refusal waits for the messages that it speaks of. */
  aheadOf: number | undefined;
};

/** Names a holding: a run under one epoch. */
export function holdingKey(runId: Uint8Array, epoch: number): string {
  return `${Buffer.from(runId.buffer, runId.byteOffset, runId.byteLength).toString("latin1")}/${epoch}`;
}
