import type { MethodImpl } from "@connectrpc/connect";
import type { StateService } from "@orchestrator/proto/state/v1/state_pb";

import type { Deps } from "../deps.ts";
import { runNotFound } from "../errors.ts";
import { STATUS } from "../run.ts";
import { wireFromRun } from "../wire.ts";

/** Answers with a run's row, and with what nobody offers that it requires while it waits. */
export function getRun({ runs }: Deps): MethodImpl<typeof StateService.method.getRun> {
  return async ({ runId, namespace }) => {
    const run = await runs.run(runId, namespace);
    if (run === undefined) {
      throw runNotFound(runId);
    }
    const unmet = run.status === STATUS.ready ? await runs.unmet(run.requires) : [];
    return { run: wireFromRun(run, unmet) };
  };
}
