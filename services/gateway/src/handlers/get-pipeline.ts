import type { MethodImpl } from "@connectrpc/connect";
import type { PipelineService } from "@orchestrator/proto/v1/pipeline_pb";
import { callOf } from "@orchestrator/rpc";

import { relay } from "../adapters/relay.ts";
import type { Deps } from "../deps.ts";
import { pipelineNotFound } from "../errors.ts";
import { namespaceOf } from "../namespace.ts";
import { wireFromPipeline } from "../wire.ts";

/** Answers with one version of a pipeline and its document. */
export function getPipeline({
  state,
}: Deps): MethodImpl<typeof PipelineService.method.getPipeline> {
  return async ({ name, version }, context) => {
    const namespace = namespaceOf(callOf(context));
    const options = { signal: context.signal };
    const { pipeline } = await relay(state.getPipeline({ namespace, name, version }, options));
    if (pipeline === undefined) {
      throw pipelineNotFound(name);
    }
    const { documentHash } = pipeline;
    const { source } = await relay(state.getDefinition({ namespace, documentHash }, options));
    return { pipeline: wireFromPipeline(pipeline), source };
  };
}
