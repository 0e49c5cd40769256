import { createHash } from "node:crypto";

import type { Client } from "@connectrpc/connect";
import {
  apply,
  decodeEvent,
  decodeSnapshot,
  type LoadedPlan,
  openRun,
  type RunEvent,
  type RunState,
  SNAPSHOT_VERSION,
} from "@orchestrator/pipeline";
import type { EventRecord, RunRecord, StateService } from "@orchestrator/proto/state/v1/state_pb";

import { relay } from "./relay.ts";

const PAGE_EVENTS = 10_000;
/** Logs of this length may have a snapshot; shorter ones are read whole. */
const SNAPSHOT_EVENTS = 1_000;

type State = Client<typeof StateService>;
type History = { readonly run: RunRecord; readonly plan: LoadedPlan };

/** Folds the whole log of a run into its state (I1). */
export async function foldHistory(
  state: State,
  { run, plan }: History,
  signal: AbortSignal,
): Promise<RunState> {
  const folded = await openFold(state, { run, plan }, signal);
  for await (const { seq, atUs, kind, version, step, attempt, payload } of readEvents(
    state,
    { run, afterSeq: folded.seq },
    signal,
  )) {
    const event: RunEvent = decodeEvent({ kind, version, step, attempt, payload });
    apply(folded, { seq, atUs: Number(atUs), event });
  }
  return folded;
}

async function openFold(
  state: State,
  { run, plan }: History,
  signal: AbortSignal,
): Promise<RunState> {
  if (run.lastSeq < SNAPSHOT_EVENTS) {
    return openRun(plan);
  }
  const asked = { runId: run.runId, version: SNAPSHOT_VERSION };
  const { uptoSeq, fold } = await relay(state.getSnapshot(asked, { signal }));
  return uptoSeq === 0 ? openRun(plan) : decodeSnapshot(plan, fold);
}

/** Reads events of a run, in sequence, a page at a time; payloads that are blobs come along. */
async function* readEvents(
  state: State,
  { run: { namespace, runId }, afterSeq }: { run: RunRecord; afterSeq: number },
  signal: AbortSignal,
): AsyncGenerator<EventRecord> {
  for (let after = afterSeq; ;) {
    const page = { namespace, runId, afterSeq: after, limit: PAGE_EVENTS, inlineBlobs: true };
    const { events, lastSeq } = await relay(state.readEvents(page, { signal }));
    for (const event of events) {
      yield await withPayload(state, { namespace, event }, signal);
    }
    after = events.at(-1)?.seq ?? lastSeq;
    if (after >= lastSeq) {
      return;
    }
  }
}

/** A page resolves blobs as far as its bytes go; those beyond are fetched one by one. */
async function withPayload(
  state: State,
  { namespace, event }: { namespace: string; event: EventRecord },
  signal: AbortSignal,
): Promise<EventRecord> {
  if (event.payload.length > 0 || event.blobHash.length === 0) {
    return event;
  }
  return { ...event, payload: await readBlob(state, { namespace, hash: event.blobHash }, signal) };
}

/** Reads a blob as a whole, and makes sure that it is what its hash says. */
export async function readBlob(
  state: State,
  blob: { namespace: string; hash: Uint8Array },
  signal: AbortSignal,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const { chunk } of state.getBlob(blob, { signal })) {
    chunks.push(chunk);
  }
  const bytes = Buffer.concat(chunks);
  if (!createHash("sha256").update(bytes).digest().equals(blob.hash)) {
    throw new Error(`blob ${Buffer.from(blob.hash).toString("hex")} is not what its hash says`);
  }
  return bytes;
}
