import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { nearest } from "./nearest.ts";

describe("nearest (L17)", () => {
  it("allows two edits and a third of the candidate, nearest first", () => {
    assert.deepEqual(nearest("parmeters", ["parameters", "paramete", "steps"]), ["parameters"]);
    assert.deepEqual(nearest("actoin", ["action", "auction"]), ["action"]);
    assert.deepEqual(nearest("idd", ["id"]), []);
    assert.deepEqual(nearest("tool", ["toolx", "tools", "pool"]), ["toolx", "tools", "pool"]);
  });

  it("ignores case, - and _", () => {
    assert.deepEqual(nearest("Max-Parallel", ["max_parallel"]), ["max_parallel"]);
  });
});
