import type { MethodImpl } from "@connectrpc/connect";
import type { StateService } from "@orchestrator/proto/state/v1/state_pb";

import type { Deps } from "../deps.ts";
import { definitionMissing, invalidRequest, requestIdReused } from "../errors.ts";
import { wireFromPipeline } from "../wire.ts";

/** Stores a new version of a pipeline, once for each request id. */
export function createPipeline({
  pipelines,
}: Deps): MethodImpl<typeof StateService.method.createPipeline> {
  return async ({ namespace, requestId, pipeline }) => {
    if (pipeline === undefined) {
      throw invalidRequest({ field: "pipeline", description: "must be given" });
    }
    const { name, documentHash, title, documentVersion, labels } = pipeline;
    const wanted = { name, documentHash, title, documentVersion, labels };
    const creation = await pipelines.create({ namespace, requestId, ...wanted });
    switch (creation.kind) {
      case "stored":
        return { pipeline: wireFromPipeline(creation.pipeline) };
      case "request_id_reused":
        throw requestIdReused(requestId);
      case "unknown_definition":
        throw definitionMissing(documentHash);
    }
  };
}
