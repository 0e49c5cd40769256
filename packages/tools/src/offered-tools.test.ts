import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { offerable, offeredOperations } from "./offered-tools.ts";

describe("offeredOperations", () => {
  it("offers every operation of a tool, or the one that is named, each once (L142)", () => {
    const offered = offeredOperations(["file", "filesystem.read", "python_executor"]);
    assert.ok(typeof offered !== "string");
    const names = offered.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
    assert.ok(names.includes("filesystem_write") && names.includes("filesystem_read"));
    assert.ok(names.some((name) => name.startsWith("python-executor_")));
    assert.ok(names.every((name) => /^[\w-]{1,64}$/.test(name)));
  });

  it("says which name offers nothing, and what there is", () => {
    const refused = offeredOperations(["filesystem", "filesystem.fly"]);
    assert.ok(typeof refused === "string" && refused.includes("filesystem.fly"));
    assert.ok(offerable().every((name) => refused.includes(name)));
  });

  it("describes arguments by a closed schema, and fits what a model gives to it", () => {
    const offered = offeredOperations(["filesystem.write"]);
    assert.ok(typeof offered !== "string");
    const [write] = offered;
    assert.ok(write !== undefined);
    const schema = new Map<string, unknown>(Object.entries(write.parameters ?? {}));
    assert.deepEqual(
      ["type", "required", "additionalProperties"].map((key) => schema.get(key)),
      ["object", ["path", "content"], false],
    );
    assert.deepEqual(write.call("[1]"), { problem: "the arguments are no JSON object" });
    assert.deepEqual(write.call('{"where": 1}'), { problem: "there is no parameter where" });
    const misfit = write.call('{"path": "a", "content": 1, "mode": "z"}');
    assert.match("problem" in misfit ? misfit.problem : "", /^mode must be one of w, a, x/);
  });
});
