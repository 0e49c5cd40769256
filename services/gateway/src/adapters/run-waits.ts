import type { Client } from "@connectrpc/connect";
import { decodeEvent, EVENT_KIND, EVENT_VERSION, type RunEvent } from "@orchestrator/pipeline";
import type { StateService, WaitRecord } from "@orchestrator/proto/state/v1/state_pb";

import { relay } from "./relay.ts";
import { readBlob } from "./run-history.ts";

/** A wait of a run with what began it. */
export type RunWait = {
  readonly record: WaitRecord;
  readonly started: Extract<RunEvent, { readonly kind: "wait_started" }>;
};

/** Which waits are asked for. */
export type WaitsQuery = {
  readonly namespace: string;
  readonly limit: number;
  readonly runId?: Uint8Array;
  readonly step?: string;
  readonly beforeWaitId?: bigint;
  readonly includeEnded?: boolean;
};

/** Reads waits with what began them. */
export async function readWaits(
  state: Client<typeof StateService>,
  query: WaitsQuery,
  signal: AbortSignal,
): Promise<readonly RunWait[]> {
  const { waits } = await relay(state.listWaits(query, { signal }));
  const { namespace } = query;
  const found: RunWait[] = [];
  for (const record of waits) {
    const { step, attempt, payload, blobHash: hash } = record;
    const content =
      hash.length === 0 ? payload : await readBlob(state, { namespace, hash }, signal);
    const kind = EVENT_KIND.wait_started;
    const started = decodeEvent({ kind, version: EVENT_VERSION, step, attempt, payload: content });
    if (started.kind === "wait_started") {
      found.push({ record, started });
    }
  }
  return found;
}
