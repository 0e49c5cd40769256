import type { MethodImpl } from "@connectrpc/connect";
import type { RunService } from "@orchestrator/proto/v1/run_pb";
import { callOf } from "@orchestrator/rpc";

import type { Deps } from "../deps.ts";
import { runNotFound } from "../errors.ts";
import { namespaceOf } from "../namespace.ts";
import { runIdBytes } from "../run-id.ts";
import { wireFromEvent } from "../wire.ts";

const HEARTBEAT_MS = 15_000;

/** Streams the events of a run as they are committed, and ends after the last one; the signal ends the waiting. */
export function watchRun({ watches }: Deps): MethodImpl<typeof RunService.method.watchRun> {
  return async function* ({ runId, afterSequence }, context) {
    const target = {
      namespace: namespaceOf(callOf(context)),
      runId: runIdBytes(runId),
      afterSeq: Number(afterSequence),
    };
    let lastSequence = afterSequence;
    const options = { signal: context.signal, heartbeatMs: HEARTBEAT_MS };
    for await (const watched of watches.watch(target, options)) {
      if (watched === undefined) {
        yield { what: { case: "heartbeat", value: { lastSequence } } };
        continue;
      }
      if (watched.unknownRun) {
        throw runNotFound(runId);
      }
      for (const event of watched.events) {
        lastSequence = BigInt(event.seq);
        yield { what: { case: "event", value: wireFromEvent(event) } };
      }
    }
  };
}
