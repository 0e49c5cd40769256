import type { MethodImpl } from "@connectrpc/connect";
import type { StateService } from "@orchestrator/proto/state/v1/state_pb";

import type { Deps } from "../deps.ts";
import { wireFromPipeline } from "../wire.ts";

/** Lists the newest versions of pipelines, by name. */
export function listPipelines({
  pipelines,
}: Deps): MethodImpl<typeof StateService.method.listPipelines> {
  return async ({ namespace, limit, afterName, includeArchived }) => {
    const found = await pipelines.list({ namespace, limit, afterName, includeArchived });
    return { pipelines: found.map(wireFromPipeline) };
  };
}
