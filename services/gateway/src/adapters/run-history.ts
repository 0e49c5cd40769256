import type { Client } from "@connectrpc/connect";
import {
  apply,
  decodeEvent,
  type LoadedPlan,
  openRun,
  type RunState,
} from "@orchestrator/pipeline";
import type { EventRecord, RunRecord, StateService } from "@orchestrator/proto/state/v1/state_pb";

import { relay } from "../relay.ts";

const PAGE_EVENTS = 10_000;

/** Reads every event of a run, in sequence, a page at a time; payloads that are blobs come along. */
export async function* readHistory(
  state: Client<typeof StateService>,
  { namespace, runId }: Pick<RunRecord, "namespace" | "runId">,
  signal: AbortSignal,
): AsyncGenerator<EventRecord> {
  for (let afterSeq = 0; ; ) {
    const page = { namespace, runId, afterSeq, limit: PAGE_EVENTS, inlineBlobs: true };
    const { events, lastSeq } = await relay(state.readEvents(page, { signal }));
    yield* events;
    afterSeq = events.at(-1)?.seq ?? lastSeq;
    if (afterSeq >= lastSeq) {
      return;
    }
  }
}

/** Folds the whole log of a run into its state (I1). */
export async function foldHistory(
  state: Client<typeof StateService>,
  { run, plan }: { run: RunRecord; plan: LoadedPlan },
  signal: AbortSignal,
): Promise<RunState> {
  const folded = openRun(plan);
  for await (const { seq, atUs, kind, version, step, attempt, payload } of readHistory(
    state,
    run,
    signal,
  )) {
    const event = decodeEvent({ kind, version, step, attempt, payload });
    apply(folded, { seq, atUs: Number(atUs), event });
  }
  return folded;
}
