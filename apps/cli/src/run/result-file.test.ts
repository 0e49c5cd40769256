import assert from "node:assert/strict";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";

import { checkResultPlace, writeResult } from "./result-file.ts";

const cwd = mkdtempSync(join(tmpdir(), "orchestrator-result-"));
const runId = "01890000-0000-7000-8000-0000000000ab";

describe("the file of a result document", () => {
  it("is refused before the run where it cannot be written", () => {
    for (const path of ["missing/result.json", ".", "/dev/null/result.json"]) {
      const isUsage = { name: "CliError", exitCode: 2, message: /^cannot write / };
      assert.throws(() => checkResultPlace({ cwd }, path), isUsage, path);
    }
  });

  it("is written where it can be", () => {
    checkResultPlace({ cwd }, "result.json");
    writeResult({ cwd }, { path: "result.json", text: "{}\n", runId });
    assert.equal(readFileSync(join(cwd, "result.json"), "utf8"), "{}\n");
    checkResultPlace({ cwd }, "result.json");
  });

  it("says how to get the document when it cannot be written after all", () => {
    const result = { path: "missing/result.json", text: "{}", runId };
    assert.throws(() => writeResult({ cwd }, result), {
      exitCode: 1,
      message: new RegExp(`orchestrator runs get ${runId}$`),
    });
  });
});
