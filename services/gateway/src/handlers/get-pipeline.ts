import type { MethodImpl } from "@connectrpc/connect";
import type { PipelineService } from "@orchestrator/proto/v1/pipeline_pb";
import { callOf } from "@orchestrator/rpc";

import type { Deps } from "../deps.ts";
import { namespaceOf } from "../namespace.ts";
import { relay } from "../relay.ts";
import { wireFromPipeline } from "../wire.ts";

/** Answers with one version of a pipeline and its document. */
export function getPipeline({
  state,
}: Deps): MethodImpl<typeof PipelineService.method.getPipeline> {
  return async ({ name, version }, context) => {
    const namespace = namespaceOf(callOf(context));
    const options = { signal: context.signal };
    const { pipeline } = await relay(state.getPipeline({ namespace, name, version }, options));
    const { source } = await relay(
      state.getDefinition({ namespace, documentHash: pipeline?.documentHash ?? new Uint8Array() }, options),
    );
    return { pipeline: wireFromPipeline(pipeline), source };
  };
}
