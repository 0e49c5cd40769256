import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { create } from "@bufbuild/protobuf";
import { RunEventKind, RunEventSchema } from "@orchestrator/proto/v1/run_pb";

import { Progress } from "./progress.ts";

function shownOf(
  events: readonly (readonly [RunEventKind, string, object])[],
  { isVerbose = false, isTerminal = false } = {},
): string {
  let said = "";
  const stderr = { write: (text: string) => void (said += text), isTerminal };
  const progress = new Progress({ env: {}, stderr }, { isShown: true, isVerbose });
  for (const [kind, step, payload] of events) {
    progress.show(
      create(RunEventSchema, { sequence: 7n, kind, step, payloadJson: JSON.stringify(payload) }),
    );
  }
  return said;
}

describe("the progress of a run", () => {
  it("has a line for every step that settles, those that are skipped with another among them", () => {
    const said = shownOf([
      [RunEventKind.RUN_STARTED, "", { at: 1 }],
      [RunEventKind.STEP_STARTED, "a", { at: 1 }],
      [RunEventKind.STEP_COMPLETED, "a", { ms: 1_234, skips: { b: "routed" } }],
      [RunEventKind.STEP_COMPLETED, "c", { ms: 3, error: { message: "not there" } }],
      [RunEventKind.STEP_FAILED, "d", { ms: 3, error: { message: "late" } }],
      [RunEventKind.STEP_COMPLETED, "e", { $blob: "sha256:ab" }],
    ]);
    assert.equal(
      said,
      "✓ a completed  1.2 s\n- b skipped: routed\n✗ c failed  3 ms: not there\n✗ d failed  3 ms: late\n✓ e completed\n",
    );
  });

  it("has a line for every event when it is asked for", () => {
    const said = shownOf([[RunEventKind.STEP_STARTED, "a", { at: 1 }]], { isVerbose: true });
    assert.equal(said, '7 step_started a {"at":1}\n');
  });

  it("has colours on a terminal only", () => {
    const event = [RunEventKind.STEP_SKIPPED, "a", { skip_reason: "dependency_failed" }] as const;
    assert.equal(
      shownOf([event], { isTerminal: true }),
      "\u001B[90m-\u001B[0m a skipped: dependency failed\n",
    );
    assert.equal(shownOf([event]), "- a skipped: dependency failed\n");
  });
});
