import type { MethodImpl } from "@connectrpc/connect";
import type { PipelineService } from "@orchestrator/proto/v1/pipeline_pb";
import { callOf } from "@orchestrator/rpc";

import { compileDocument } from "../adapters/compile-document.ts";
import { relay } from "../adapters/relay.ts";
import type { Deps } from "../deps.ts";
import { namespaceOf } from "../namespace.ts";
import { submittedFiles } from "../submitted-files.ts";
import { wireFromFinding, wireFromPipeline } from "../wire.ts";

/** Stores a new version of a pipeline under the id of its document; the same content stays the same version. */
export function createPipeline({
  state,
  compiler,
  definitions,
}: Deps): MethodImpl<typeof PipelineService.method.createPipeline> {
  return async ({ source, requestId, ...request }, context) => {
    const { signal } = context;
    const bundle = submittedFiles("bundle", request.bundle);
    const namespace = namespaceOf(callOf(context));
    const { plan, findings } = await compileDocument(compiler, { source, bundle }, signal);
    const documentHash = await definitions.put(namespace, { plan, source, bundle }, signal);
    const { pipeline } = await relay(
      state.createPipeline(
        {
          namespace,
          requestId,
          pipeline: {
            name: plan.pipeline.id,
            documentHash,
            title: plan.pipeline.name,
            documentVersion: plan.pipeline.version ?? "",
            labels: { ...plan.labels },
          },
        },
        { signal },
      ),
    );
    return { pipeline: wireFromPipeline(pipeline), findings: findings.map(wireFromFinding) };
  };
}
