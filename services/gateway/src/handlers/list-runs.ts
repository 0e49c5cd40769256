import type { MethodImpl } from "@connectrpc/connect";
import type { RunService } from "@orchestrator/proto/v1/run_pb";
import { callOf } from "@orchestrator/rpc";

import { relay } from "../adapters/relay.ts";
import type { Deps } from "../deps.ts";
import { invalidField } from "../errors.ts";
import { namespaceOf } from "../namespace.ts";
import { pageSizeFrom } from "../page-size.ts";
import { keyFromPageToken, pageTokenFrom } from "../page-token.ts";
import { runIdBytes, runIdText } from "../run-id.ts";
import { statesFromStatuses, wireFromRun } from "../wire.ts";

/** What its page tokens hold. */
const RUN_ID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

/** Lists runs, the newest first. */
export function listRuns({ state }: Deps): MethodImpl<typeof RunService.method.listRuns> {
  return async ({ pageSize, pageToken, pipeline, statuses, labels }, context) => {
    const namespace = namespaceOf(callOf(context));
    const request = [namespace, pipeline, statuses, labels];
    const before = keyFromPageToken(pageToken, { request, form: RUN_ID });
    if (before === undefined) {
      throw invalidField("page_token", "is not a token of this list with these arguments");
    }
    const states = statesFromStatuses(statuses);
    if (states === undefined) {
      return { runs: [] };
    }
    const limit = pageSizeFrom(pageSize);
    const query = { namespace, limit, pipeline, labels, states };
    const { runs } = await relay(
      state.listRuns({ ...query, beforeRunId: runIdBytes(before) }, { signal: context.signal }),
    );
    const last = runs.at(-1);
    return {
      runs: runs
        .map((run) => wireFromRun(run))
        .filter(
          ({ status }) => statuses.length === 0 || statuses.some((asked) => asked === status),
        ),
      nextPageToken:
        last !== undefined && runs.length === limit
          ? pageTokenFrom(runIdText(last.runId), request)
          : "",
    };
  };
}
