import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { apply, openPlan, openRun, type RunEvent } from "@orchestrator/pipeline";
import { testPlan } from "@orchestrator/pipeline/testing";

import { filesOf } from "./run-files.ts";

const ENDED = { attempt: 1, startedAtMs: 0, durationMs: 1 };

function file(path: string, sha256 = "00") {
  return { path, size: 1, sha256, mediaType: "text/plain" };
}

describe("filesOf", () => {
  it("starts with the uploads, and follows what committed steps wrote, deleted and moved away", () => {
    const plan = testPlan({
      steps: ["write", "delete", "move"].map((operation) => ({
        id: operation,
        tool: "filesystem",
        operation,
      })),
    });
    const state = openRun(openPlan(plan));
    const events: RunEvent[] = [
      {
        kind: "run_created",
        inputs: {},
        files: [file("in/a.csv"), file("in/b.csv"), file("c.csv")],
      },
      {
        kind: "step_completed",
        step: "write",
        ...ENDED,
        artifacts: [file("./out/x.txt"), file("c.csv", "11"), file("/mnt/shared.txt")],
      },
      {
        kind: "step_completed",
        step: "delete",
        ...ENDED,
        result: { inline: { deleted: ["./in"] } },
      },
      {
        kind: "step_completed",
        step: "move",
        ...ENDED,
        result: { inline: { source: "out/x.txt" } },
        artifacts: [file("out/y.txt")],
      },
    ];
    for (const [at, event] of events.entries()) {
      apply(state, { seq: at + 1, atUs: 0, event });
    }
    assert.deepEqual(
      filesOf(state).map(({ path, sha256 }) => [path, sha256]),
      [
        ["c.csv", "11"],
        ["out/y.txt", "00"],
      ],
    );
  });
});
