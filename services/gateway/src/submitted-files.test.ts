import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { submittedFiles } from "./submitted-files.ts";

const content = Uint8Array.of(1);

function placesOf(...paths: readonly string[]): string[] {
  const files = paths.map((path) => ({ path, content }));
  return submittedFiles("bundle", files).map(({ path }) => path);
}

describe("files of a request", () => {
  it("are placed under their shortest path", () => {
    assert.deepEqual(placesOf("a.csv", "./b//c/./d.csv", "e/../f"), ["a.csv", "b/c/d.csv", "f"]);
  });

  it("may not leave their folder, be a folder, or have no name that a disk takes", () => {
    const wrong = [
      "../a",
      "a/../../b",
      "/etc/passwd",
      "..",
      ".",
      "a/",
      "a\0b",
      "x".repeat(256),
      "é".repeat(128),
      "a/".repeat(600) + "b",
    ];
    for (const path of wrong) {
      assert.throws(() => placesOf(path), { code: 3, reason: "INVALID_FIELD" }, path);
    }
  });

  it("may not stand in each other's place", () => {
    assert.throws(() => placesOf("a", "./a"), /bundle\.path: "\.\/a" is given twice/);
    assert.throws(() => placesOf("a", "a/b"), /"a\/b" lies in the place of the file "a"/);
    assert.throws(() => placesOf("a/b/c", "a"), /"a" is a folder of other files/);
    assert.deepEqual(placesOf("a/b", "a/c", "ab"), ["a/b", "a/c", "ab"]);
  });
});
