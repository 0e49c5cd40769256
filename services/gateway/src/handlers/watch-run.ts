import type { MessageInitShape } from "@bufbuild/protobuf";
import type { MethodImpl } from "@connectrpc/connect";
import type { Watched } from "@orchestrator/proto/state/v1/state_pb";
import type { RunService, WatchRunResponseSchema } from "@orchestrator/proto/v1/run_pb";
import { callOf } from "@orchestrator/rpc";
import { eachPart } from "@orchestrator/rpc-node";

import type { Deps } from "../deps.ts";
import { runNotFound } from "../errors.ts";
import { namespaceOf } from "../namespace.ts";
import { runIdBytes } from "../run-id.ts";
import { wireFromEvent } from "../wire.ts";

const HEARTBEAT_MS = 15_000;

type Part = MessageInitShape<typeof WatchRunResponseSchema>;

/** Streams the events of a run as they are committed, and ends after the last one; the signal ends the waiting. */
export function watchRun({ watches }: Deps): MethodImpl<typeof RunService.method.watchRun> {
  return ({ runId, afterSequence, kinds }, context) => {
    const target = {
      namespace: namespaceOf(callOf(context)),
      runId: runIdBytes(runId),
      afterSeq: Number(afterSequence),
      kinds,
    };
    let lastSequence = afterSequence;
    const partsOf = (watched: Watched | undefined): readonly Part[] => {
      if (watched === undefined) {
        return [{ what: { case: "heartbeat", value: { lastSequence } } }];
      }
      if (watched.unknownRun) {
        throw runNotFound(runId);
      }
      const last = watched.events.at(-1);
      lastSequence = last === undefined ? lastSequence : BigInt(last.seq);
      return watched.events.map((event) => ({
        $typeName: "orchestrator.v1.WatchRunResponse",
        what: { case: "event", value: wireFromEvent(event) },
      }));
    };
    const options = { signal: context.signal, heartbeatMs: HEARTBEAT_MS };
    return eachPart(watches.watch(target, options), partsOf);
  };
}
