import type { MethodImpl } from "@connectrpc/connect";
import type { StateService } from "@orchestrator/proto/state/v1/state_pb";

import type { Deps } from "../deps.ts";
import { runNotFound, tooLarge } from "../errors.ts";
import { STATUS } from "../run.ts";
import { wireFromRun } from "../wire.ts";

const MAX_PAYLOAD_BYTES = 256 << 10;

/** Puts a message into a run's inbox and wakes the run. */
export function sendMessage(deps: Deps): MethodImpl<typeof StateService.method.sendMessage> {
  return async ({ namespace, runId, kind, dedupeKey, payload }) => {
    if (payload.length > MAX_PAYLOAD_BYTES) {
      throw tooLarge("payload", MAX_PAYLOAD_BYTES);
    }
    const sent = await deps.inbox.send({ namespace, runId, kind, dedupeKey, payload });
    switch (sent.kind) {
      case "unknown_run":
        throw runNotFound(runId);
      case "stored": {
        deps.messageStored(runId);
        if (sent.run.status === STATUS.ready) deps.runsReady();
        return { run: wireFromRun(sent.run) };
      }
      case "repeated":
        return { run: wireFromRun(sent.run), repeatedMessage: true, earlierPayload: sent.earlier };
      case "run_ended":
        return { run: wireFromRun(sent.run), runEnded: true };
    }
  };
}
