import type { MethodImpl } from "@connectrpc/connect";
import type { PipelineService } from "@orchestrator/proto/v1/pipeline_pb";
import { callOf } from "@orchestrator/rpc";

import { relay } from "../adapters/relay.ts";
import type { Deps } from "../deps.ts";
import { invalidField } from "../errors.ts";
import { namespaceOf } from "../namespace.ts";
import { pageSizeFrom } from "../page-size.ts";
import { keyFromPageToken, pageTokenFrom } from "../page-token.ts";
import { wireFromPipeline } from "../wire.ts";

/** What its page tokens hold. */
const NAME = /^[^\0]{1,128}$/;

/** Lists the newest version of every pipeline, by name. */
export function listPipelines({
  state,
}: Deps): MethodImpl<typeof PipelineService.method.listPipelines> {
  return async ({ pageSize, pageToken, includeArchived }, context) => {
    const namespace = namespaceOf(callOf(context));
    const request = [namespace, includeArchived];
    const afterName = keyFromPageToken(pageToken, { request, form: NAME });
    if (afterName === undefined) {
      throw invalidField("page_token", "is not a token of this list with these arguments");
    }
    const limit = pageSizeFrom(pageSize);
    const { pipelines } = await relay(
      state.listPipelines(
        { namespace, limit, afterName, includeArchived },
        { signal: context.signal },
      ),
    );
    const last = pipelines.at(-1);
    return {
      pipelines: pipelines.map(wireFromPipeline),
      nextPageToken:
        last !== undefined && pipelines.length === limit ? pageTokenFrom(last.name, request) : "",
    };
  };
}
