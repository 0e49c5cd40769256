import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { failureText } from "./failure-text.ts";
import type { RunResult, StepResult } from "./run-result.ts";

const RESULT: RunResult = {
  runId: "r",
  pipelineId: "p",
  status: "failed",
  success: false,
  error: null,
  errorType: null,
  durationMs: 1,
  steps: [],
  outputs: [],
  artifacts: [],
  warnings: [],
};

function step(id: string, fields: Partial<StepResult>): StepResult {
  return { id, status: "completed", success: true, error: null, errorType: null, ...fields };
}

describe("what a failed run says on stderr (L179)", () => {
  it("has a line for each step that failed, either way, and ends with which", () => {
    const steps = [
      step("a", {}),
      step("b", { success: false, error: "not there", errorType: "FileNotFoundError" }),
      step("c", { status: "failed", success: false, error: "late", errorType: "TimeoutError" }),
      step("d", { status: "skipped", success: false }),
    ];
    assert.equal(
      failureText({ ...RESULT, steps }),
      "b: FileNotFoundError: not there\nc: TimeoutError: late\nPipeline completed with 2 failed step(s): b, c\n",
    );
  });

  it("says why a run ended in which no step failed", () => {
    assert.equal(
      failureText({ ...RESULT, error: "the run took too long", errorType: "TimeoutError" }),
      "Pipeline ended as failed: TimeoutError: the run took too long\n",
    );
    assert.equal(failureText({ ...RESULT, status: "cancelled" }), "Pipeline ended as cancelled\n");
  });
});
