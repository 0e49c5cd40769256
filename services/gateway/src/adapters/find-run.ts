import type { CallOptions } from "@connectrpc/connect";
import type { RunRecord } from "@orchestrator/proto/state/v1/state_pb";

import type { Deps } from "../deps.ts";
import { runNotFound } from "../errors.ts";
import { runIdBytes } from "../run-id.ts";
import { relay } from "./relay.ts";

/** Find a run of a namespace, or throw NOT_FOUND. */
export async function findRun(
  { state }: Pick<Deps, "state">,
  { namespace, runId }: { namespace: string; runId: string },
  options: CallOptions,
): Promise<RunRecord> {
  const { run } = await relay(state.getRun({ namespace, runId: runIdBytes(runId) }, options));
  if (run === undefined) {
    throw runNotFound(runId);
  }
  return run;
}
