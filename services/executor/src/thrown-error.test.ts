import assert from "node:assert/strict";
import { mkdir, rename } from "node:fs/promises";
import { describe, it } from "node:test";

import { messageOf, stepErrorFrom } from "./thrown-error.ts";
import { FilePlaceError } from "./workspace/file-place.ts";

async function thrownBy(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => assert.fail("it worked"),
    (error: unknown) => error,
  );
}

describe("what a run tells of an error that was thrown", () => {
  it("names no path of this machine that the file system names (L168)", async () => {
    for (const work of [mkdir("/proc/no/such"), rename("/proc/a, b'c", "/proc/no/such")]) {
      assert.equal(messageOf(await thrownBy(work)), "ENOENT: no such file or directory");
    }
    assert.equal(messageOf(new Error("mkdir failed")), "mkdir failed");
    assert.equal(messageOf("a text"), "a text");
  });

  it("is final for a file that has no place, since no other attempt would find one", () => {
    const { code, message } = stepErrorFrom(new FilePlaceError("Name is too long: a/b"));
    assert.deepEqual([code, message], ["PATH_DENIED", "Name is too long: a/b"]);
    assert.equal(stepErrorFrom(new Error("other")).code, "TOOL_ERROR");
  });
});
