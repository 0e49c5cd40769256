import type { MethodImpl } from "@connectrpc/connect";
import { bindInputs } from "@orchestrator/pipeline";
import type { PipelineService } from "@orchestrator/proto/v1/pipeline_pb";

import type { Deps } from "../deps.ts";
import { invalidField } from "../errors.ts";
import { jsonObjectFrom } from "../json-object.ts";
import { submittedFiles } from "../submitted-files.ts";
import { wireFromFinding, wireFromViolation } from "../wire.ts";

/** Compiles a document, and checks inputs against it when they are given; stores and runs nothing (L169). */
export function validatePipeline({
  compiler,
}: Deps): MethodImpl<typeof PipelineService.method.validatePipeline> {
  return async ({ source, inputsJson, ...request }, { signal }) => {
    const bundle = submittedFiles("bundle", request.bundle);
    const compilation = await compiler.compile(source, { bundle, signal });
    const findings = compilation.findings.map(wireFromFinding);
    if (compilation.kind === "refused") {
      return { valid: false, findings, pipeline: compilation.pipelineId ?? "" };
    }
    const { plan } = compilation;
    const answer = {
      pipeline: plan.pipeline.id,
      steps: plan.steps.map(({ id, dependencies }) => ({
        step: id,
        dependencies: [...dependencies],
      })),
    };
    if (inputsJson === "") {
      return { ...answer, valid: true, findings };
    }
    const supplied = jsonObjectFrom(inputsJson);
    if (supplied === undefined) {
      throw invalidField("inputs_json", "must be the text of a JSON object");
    }
    const bound = bindInputs(plan, supplied);
    return bound.kind === "bound"
      ? { ...answer, valid: true, findings }
      : {
          ...answer,
          valid: false,
          findings: [...findings, ...bound.violations.map(wireFromViolation)],
        };
  };
}
