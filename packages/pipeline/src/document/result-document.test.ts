import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { apply } from "../engine/apply.ts";
import { openPlan } from "../engine/loaded-plan.ts";
import { openRun, type RunState } from "../engine/run-state.ts";
import { stepError } from "../engine/step-error.ts";
import type { RunEvent } from "../events.ts";
import { testPlan } from "../testing/test-plan.ts";
import { artifactsOf } from "./artifacts.ts";
import { documentOf } from "./result-document.ts";

const RUN_ID = "018bcfe5-6800-7000-8000-00000badcafe";
const ENDED = { attempt: 1, startedAtMs: 2_000, durationMs: 500 };
const FILE = { path: "out/a.md", size: 3, sha256: "aa", mediaType: "text/markdown" };

function folded(events: readonly RunEvent[]): RunState {
  const steps = [
    { id: "ask", operation: "generate", nature: "model" as const },
    { id: "fail", dependencies: ["ask"] },
    { id: "never", dependencies: ["fail"] },
  ];
  const state = openRun(openPlan(testPlan({ steps, levels: [["ask"], ["fail"], ["never"]] })));
  for (const [at, event] of events.entries()) {
    apply(state, { seq: at + 1, atUs: at, event });
  }
  return state;
}

const EVENTS: readonly RunEvent[] = [
  { kind: "run_created", inputs: {}, labels: { team: "a" } },
  { kind: "run_started", atMs: 1_500 },
  {
    kind: "step_completed",
    step: "ask",
    ...ENDED,
    result: { inline: "yes" },
    artifacts: [FILE],
    usage: { model: "m", provider: "p", inputTokens: 3, outputTokens: 2, costNanoUsd: 5_000_000 },
    warnings: [{ code: "missing_output", step: "ask", message: "x" }],
  },
  {
    kind: "step_completed",
    step: "fail",
    ...ENDED,
    attempt: 2,
    result: { inline: 0 },
    error: stepError("PROCESS_EXIT", "exit status 3"),
    artifacts: [{ ...FILE, sha256: "bb" }],
  },
  {
    kind: "run_finished",
    status: "failed",
    atMs: 3_000,
    outputs: { o: null },
    unreached: "run_failed",
  },
];

describe("documentOf", () => {
  it("has the keys of L174 and L175 in their order", () => {
    const document = documentOf(folded(EVENTS), { runId: RUN_ID, status: "failed" });
    assert.equal(
      Object.keys(document).join(" "),
      "pipeline_id run_id execution_id status success error error_type error_code steps outputs execution_order execution_levels started_at completed_at duration usage artifacts children labels warnings compensated parent_run_id continues document_hash language",
    );
    assert.equal(
      Object.keys(document.steps["ask"] ?? {}).join(" "),
      "id action tool status success value error error_type error_code timed_out skip_reason recovered recovered_error cached model provider usage attempts retries attempt_log started_at completed_at duration dependencies artifacts location child_run_id parent iteration warnings",
    );
  });

  it("says how a failed run ended, which step ended it, and what it did not reach", () => {
    const document = documentOf(folded(EVENTS), { runId: RUN_ID, status: "failed" });
    const { steps } = document;
    assert.deepEqual(
      [document.success, document.error, document.error_code],
      [false, "exit status 3", "PROCESS_EXIT"],
    );
    assert.deepEqual(
      [steps["fail"]?.status, steps["fail"]?.success, steps["fail"]?.retries],
      ["completed", false, 1],
    );
    assert.deepEqual(
      [steps["never"]?.status, steps["never"]?.skip_reason],
      ["skipped", "run_failed"],
    );
    assert.deepEqual(
      [document.started_at, document.completed_at, document.duration],
      [1.5, 3, 1.5],
    );
    assert.equal(document.execution_id, "test_1700000000_0badcafe");
    assert.deepEqual(document.execution_order, ["ask", "fail"]);
  });

  it("shows a value as L176 has it, and what models used (L143)", () => {
    const { steps, usage } = documentOf(folded(EVENTS), { runId: RUN_ID, status: "failed" });
    assert.deepEqual(steps["ask"]?.value, {
      result: "yes",
      success: true,
      error: null,
      action: "generate",
      model_used: "m",
    });
    assert.deepEqual(steps["fail"]?.value, { result: 0, success: false, error: "exit status 3" });
    assert.equal(steps["never"]?.value, null);
    assert.deepEqual(usage, { input_tokens: 3, output_tokens: 2, cost_usd: 0.005 });
  });

  it("shows a run under way as it is", () => {
    const document = documentOf(folded(EVENTS.slice(0, 3)), { runId: RUN_ID, status: "running" });
    assert.deepEqual(
      [document.success, document.completed_at, document.error],
      [false, null, null],
    );
    assert.deepEqual(
      Object.values(document.steps).map(({ status }) => status),
      ["completed", "pending", "pending"],
    );
  });
});

describe("artifactsOf", () => {
  it("lists the last version of every path", () => {
    assert.deepEqual(artifactsOf(folded(EVENTS)), [{ ...FILE, sha256: "bb", step: "fail" }]);
  });
});
