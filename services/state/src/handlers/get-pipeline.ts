import type { MethodImpl } from "@connectrpc/connect";
import type { StateService } from "@orchestrator/proto/state/v1/state_pb";

import type { Deps } from "../deps.ts";
import { pipelineNotFound } from "../errors.ts";
import { wireFromPipeline } from "../wire.ts";

/** Answers with one version of a pipeline. */
export function getPipeline({
  pipelines,
}: Deps): MethodImpl<typeof StateService.method.getPipeline> {
  return async ({ namespace, name, version }) => {
    const pipeline = await pipelines.get(namespace, name, version);
    if (pipeline === undefined) {
      throw pipelineNotFound(name);
    }
    return { pipeline: wireFromPipeline(pipeline) };
  };
}
