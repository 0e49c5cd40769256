import type { MethodImpl } from "@connectrpc/connect";
import type { PipelineService } from "@orchestrator/proto/v1/pipeline_pb";
import { callOf } from "@orchestrator/rpc";

import { relay } from "../adapters/relay.ts";
import type { Deps } from "../deps.ts";
import { namespaceOf } from "../namespace.ts";
import { wireFromPipeline } from "../wire.ts";

/** Takes a pipeline out of use; its versions can still be read. */
export function archivePipeline({
  state,
}: Deps): MethodImpl<typeof PipelineService.method.archivePipeline> {
  return async ({ name, requestId }, context) => {
    const namespace = namespaceOf(callOf(context));
    const { pipeline } = await relay(
      state.archivePipeline({ namespace, name, requestId }, { signal: context.signal }),
    );
    return { pipeline: wireFromPipeline(pipeline) };
  };
}
