import assert from "node:assert/strict";

import type { Orchestrator } from "@orchestrator/client";
import { Finding_Severity as Severity } from "@orchestrator/proto/v1/pipeline_pb";

import { runToEnd } from "../harness/run-to-end.ts";
import { assertPart } from "./assert-part.ts";
import { bundleOf } from "./bundle-of.ts";
import type { Case, DocumentCase, RunCase } from "./case.ts";

/** Whether the public API of a mesh shows enough to judge a case: nothing in it is scripted, or inside the program. */
export function isPublic(each: Case): each is DocumentCase | RunCase {
  switch (each.kind) {
    case "document":
      return each.expect.bound === undefined && each.expect.sections === undefined;
    case "run": {
      const { results, secrets, env, given, hidden } = each;
      return [results, secrets, env, given, hidden].every((scripted) => scripted === undefined);
    }
    case "model_run":
    case "template":
    case "condition":
    case "fit":
    case "duration":
      return false;
  }
}

/** Runs a case against whatever mesh answers; throws where that differs. Of a plan nothing is known from outside. */
export async function runAgainst(mesh: Orchestrator, each: DocumentCase | RunCase): Promise<void> {
  const source = typeof each.document === "string" ? each.document : each.document.join("\n");
  const bundle = bundleOf(each.files).map(({ path, content }) => ({ path, content }));
  if (each.kind === "run") {
    const { document } = await runToEnd(mesh, { source, inputs: each.inputs ?? {}, bundle });
    assertPart(document, each.expect, "document");
    return;
  }
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
