import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { keyFromPageToken, pageTokenFrom } from "./page-token.ts";

const RUN = /^run-\d$/;

describe("page tokens", () => {
  it("carry where a page ended, for the arguments that they were made with", () => {
    const token = pageTokenFrom("run-7", ["default", "sales", [1]]);
    assert.equal(
      keyFromPageToken(token, { request: ["default", "sales", [1]], form: RUN }),
      "run-7",
    );
  });

  it("stand for the first page when they are empty", () => {
    assert.equal(keyFromPageToken("", { request: ["default"], form: RUN }), "");
  });

  it("are not taken with other arguments, nor when somebody made them up", () => {
    const token = pageTokenFrom("run-7", ["default"]);
    for (const [text, request] of [
      [token, ["other"]],
      [token.slice(1), ["default"]],
      ["nonsense", ["default"]],
      [pageTokenFrom("row-7", ["default"]), ["default"]],
      [Buffer.from('["run-7"]').toString("base64url"), ["default"]],
    ] as const) {
      assert.equal(keyFromPageToken(text, { request, form: RUN }), undefined);
    }
  });
});
