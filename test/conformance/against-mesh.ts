import assert from "node:assert/strict";

import type { Orchestrator } from "@orchestrator/client";
import { Finding_Severity as Severity } from "@orchestrator/proto/v1/pipeline_pb";

import { bundleOf } from "./bundle-of.ts";
import type { Case, DocumentCase } from "./case.ts";

/** Whether the public API of a mesh shows enough to judge a case: nothing in it is scripted, or inside the program. */
export function isPublic(each: Case): each is DocumentCase {
  switch (each.kind) {
    case "document":
      return each.expect.bound === undefined && each.expect.sections === undefined;
    // What steps of a run give is scripted, and so is its clock.
    case "run":
    case "model_run":
    case "template":
    case "condition":
    case "fit":
    case "duration":
      return false;
  }
}

/** Runs a case against whatever mesh answers; throws where that differs. Of a plan nothing is known from outside. */
export async function runAgainst(mesh: Orchestrator, each: DocumentCase): Promise<void> {
  const source = typeof each.document === "string" ? each.document : each.document.join("\n");
  const bundle = bundleOf(each.files).map(({ path, content }) => ({ path, content }));
  const found = await mesh.pipelines.validatePipeline({ source, bundle });
  assert.deepEqual(
    found.findings
      .filter(({ severity }) => each.expect.every === true || severity !== Severity.INFO)
      .map(({ code }) => code),
    (each.expect.findings ?? []).map(({ code }) => code),
  );
  if (each.inputs === undefined) {
    assert.equal(found.valid, each.expect.valid, "valid");
    return;
  }
  const inputsJson = JSON.stringify(each.inputs);
  const submitted = await mesh.pipelines.validatePipeline({ source, bundle, inputsJson });
  assert.equal(submitted.valid, each.expect.valid, "valid with these inputs");
  const codes = new Set(submitted.findings.map(({ code }) => code));
  for (const code of [
    ...(each.expect.violations ?? []).map((violation) => violation.code),
    ...(each.expect.warnings ?? []),
  ]) {
    assert.ok(codes.has(code), `${code} is not among ${[...codes].join(", ")}`);
  }
}
