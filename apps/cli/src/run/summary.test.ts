import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { readResult } from "./run-result.ts";
import { summaryText } from "./summary.ts";

describe("the summary of a run", () => {
  it("says what came of it, where its files are, and what it warned of", () => {
    const document = {
      run_id: "7",
      pipeline_id: "hello",
      status: "completed",
      success: true,
      duration: 1.5,
      steps: {
        a: { id: "a", status: "completed", success: true },
        b: { id: "b", status: "skipped", success: true },
        c: { id: "c", status: "completed", success: false, error: "not there" },
      },
      outputs: { greeting: "Hi", rows: [1] },
      artifacts: [{ path: "out.txt" }],
      warnings: [{ code: "undeclared_input", message: "the input nam is not declared" }],
    };
    assert.equal(
      summaryText(readResult(JSON.stringify(document)), { folder: "/here" }),
      [
        "hello completed in 1.5 s: 1 completed, 1 skipped, 1 failed",
        "outputs",
        "  greeting: Hi",
        "  rows: [1]",
        "files in /here",
        "  out.txt",
        "warnings",
        "  undeclared_input the input nam is not declared",
        "run 7",
        "",
      ].join("\n"),
    );
  });
});
