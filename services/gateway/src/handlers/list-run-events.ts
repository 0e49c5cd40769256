import type { MethodImpl } from "@connectrpc/connect";
import type { RunService } from "@orchestrator/proto/v1/run_pb";
import { callOf } from "@orchestrator/rpc";

import { findRun } from "../adapters/find-run.ts";
import { relay } from "../adapters/relay.ts";
import type { Deps } from "../deps.ts";
import { invalidField } from "../errors.ts";
import { namespaceOf } from "../namespace.ts";
import { pageSizeFrom } from "../page-size.ts";
import { keyFromPageToken, pageTokenFrom } from "../page-token.ts";
import { wireFromEvent } from "../wire.ts";

/** What its page tokens hold. */
const SEQUENCE = /^\d{1,9}$/;

/** Lists the committed events of a run, in sequence. */
export function listRunEvents(deps: Deps): MethodImpl<typeof RunService.method.listRunEvents> {
  return async ({ runId, pageSize, pageToken }, context) => {
    const options = { signal: context.signal };
    const namespace = namespaceOf(callOf(context));
    const after = keyFromPageToken(pageToken, { request: [namespace, runId], form: SEQUENCE });
    if (after === undefined) {
      throw invalidField("page_token", "is not a token of this list with these arguments");
    }
    const run = await findRun(deps, { namespace, runId }, options);
    const { events, lastSeq } = await relay(
      deps.state.readEvents(
        {
          namespace,
          runId: run.runId,
          afterSeq: Number(after),
          limit: pageSizeFrom(pageSize),
          inlineBlobs: true,
        },
        options,
      ),
    );
    const last = events.at(-1)?.seq ?? lastSeq;
    return {
      events: events.map(wireFromEvent),
      nextPageToken: last < lastSeq ? pageTokenFrom(String(last), [namespace, runId]) : "",
    };
  };
}
