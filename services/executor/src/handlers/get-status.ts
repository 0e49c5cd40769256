import type { MethodImpl } from "@connectrpc/connect";
import type { ExecutorService } from "@orchestrator/proto/executor/v1/executor_pb";

import type { Deps } from "../deps.ts";

/** Says what this executor holds and offers. */
export function getStatus({
  session,
  host,
  lease,
  offers,
  capacity,
}: Deps): MethodImpl<typeof ExecutorService.method.getStatus> {
  return () => {
    const { sessionId, heldRuns, isDraining } = session.status;
    return {
      sessionId,
      offers: [...offers],
      capacity,
      heldRuns,
      runningAttempts: host.runningAttempts,
      fenced: !lease.mayStart(),
      draining: isDraining,
    };
  };
}
