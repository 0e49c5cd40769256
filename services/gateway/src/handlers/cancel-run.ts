import type { MethodImpl } from "@connectrpc/connect";
import { MessageKind } from "@orchestrator/proto/state/v1/state_pb";
import type { RunService } from "@orchestrator/proto/v1/run_pb";
import { callOf } from "@orchestrator/rpc";

import { relay } from "../adapters/relay.ts";
import type { Deps } from "../deps.ts";
import { runEnded, runNotFound } from "../errors.ts";
import { namespaceOf } from "../namespace.ts";
import { runIdBytes } from "../run-id.ts";
import { wireFromRun } from "../wire.ts";

/** Puts a request to stop into the run's inbox; once this answers, the run will see it before it ends (I6). */
export function cancelRun({ state }: Deps): MethodImpl<typeof RunService.method.cancelRun> {
  return async ({ runId, requestId, reason }, context) => {
    const message = {
      namespace: namespaceOf(callOf(context)),
      runId: runIdBytes(runId),
      kind: MessageKind.CANCEL,
      dedupeKey: `cancel/${requestId}`,
      payload: Buffer.from(JSON.stringify({ reason })),
    };
    const answer = await relay(state.sendMessage(message, { signal: context.signal }));
    if (answer.run === undefined) {
      throw runNotFound(runId);
    }
    if (answer.runEnded && !answer.repeatedMessage) {
      throw runEnded(runId);
    }
    return { run: wireFromRun(answer.run) };
  };
}
