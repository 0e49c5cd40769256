import type { MethodImpl } from "@connectrpc/connect";
import type { StateService } from "@orchestrator/proto/state/v1/state_pb";

import type { Deps } from "../deps.ts";
import { pipelineNotFound, requestIdReused } from "../errors.ts";
import { wireFromPipeline } from "../wire.ts";

/** Takes a pipeline out of use, once for each request id. */
export function archivePipeline({
  pipelines,
}: Deps): MethodImpl<typeof StateService.method.archivePipeline> {
  return async ({ namespace, name, requestId }) => {
    const archival = await pipelines.archive({ namespace, name, requestId });
    switch (archival.kind) {
      case "archived":
        return { pipeline: wireFromPipeline(archival.pipeline) };
      case "request_id_reused":
        throw requestIdReused(requestId);
      case "unknown_pipeline":
        throw pipelineNotFound(name);
    }
  };
}
