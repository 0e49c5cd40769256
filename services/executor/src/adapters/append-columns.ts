import { type Appends, RunState } from "@orchestrator/proto/state/v1/state_pb";

import type { SealedAppend } from "../link/append-queue.ts";
import { DIGEST_BYTES } from "../link/digest.ts";
import type { StateAfter } from "../run-channel.ts";

/** An append with the handle of its run on the link that carries it. */
export type OutgoingAppend = { readonly handle: number; readonly append: SealedAppend };

const PAYLOAD_INLINE = 0;
const PAYLOAD_BLOB_HASH = 1;

const STATE_ON_WIRE: Readonly<Record<StateAfter, RunState>> = {
  running: RunState.RUNNING,
  suspended: RunState.SUSPENDED,
  completed: RunState.COMPLETED,
  failed: RunState.FAILED,
  cancelled: RunState.CANCELLED,
};

/** Lays appends out as columns, one row for each append and then one for each event: half the cost of sub-messages. */
export function appendColumns(appends: readonly OutgoingAppend[]): Appends {
  const { eventCount, payloadBytes } = sizesOf(appends);
  const columns: Appends = {
    // A whole message: to have one made of parts costs as much as its columns.
    $typeName: "orchestrator.state.v1.Appends",
    handle: new Array<number>(),
    fromSeq: new Array<number>(),
    state: new Array<RunState>(),
    inboxSeq: new Array<number>(),
    wakeAfterMs: new Array<bigint>(),
    eventCount: new Array<number>(),
    kind: new Array<number>(),
    version: new Array<number>(),
    step: new Array<string>(),
    attempt: new Array<number>(),
    digests: new Uint8Array(eventCount * DIGEST_BYTES),
    payloadLength: new Array<number>(),
    payloadForm: new Array<number>(),
    payloads: new Uint8Array(payloadBytes),
  };
  let digestAt = 0;
  let payloadAt = 0;
  for (const { handle, append } of appends) {
    columns.handle.push(handle);
    columns.fromSeq.push(append.fromSeq);
    columns.state.push(STATE_ON_WIRE[append.stateAfter]);
    columns.inboxSeq.push(append.inboxSeq);
    columns.wakeAfterMs.push(
      append.wakeAfterMs === undefined ? 0n : BigInt(Math.max(1, Math.ceil(append.wakeAfterMs))),
    );
    columns.eventCount.push(append.events.length);
    columns.digests.set(append.digests, digestAt);
    digestAt += append.digests.length;
    for (const event of append.events) {
      const bytes = event.blobHash ?? event.payload;
      columns.kind.push(event.kind);
      columns.version.push(event.version);
      columns.step.push(event.step);
      columns.attempt.push(event.attempt);
      columns.payloadLength.push(bytes.length);
      columns.payloadForm.push(event.blobHash === undefined ? PAYLOAD_INLINE : PAYLOAD_BLOB_HASH);
      columns.payloads.set(bytes, payloadAt);
      payloadAt += bytes.length;
    }
  }
  return columns;
}

function sizesOf(appends: readonly OutgoingAppend[]): { eventCount: number; payloadBytes: number } {
  let eventCount = 0;
  let payloadBytes = 0;
  for (const { append } of appends) {
    eventCount += append.events.length;
    for (const { payload, blobHash } of append.events) {
      payloadBytes += (blobHash ?? payload).length;
    }
  }
  return { eventCount, payloadBytes };
}
