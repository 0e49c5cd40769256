import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { Json } from "@orchestrator/template";

import type { JsonObject } from "../events.ts";
import { readAnswer } from "./answer.ts";
import { approvalWait } from "./approval.ts";
import { promptWait } from "./prompt.ts";
import { waitResult } from "./wait-result.ts";
import type { WaitEnd } from "./wait.ts";

const CONTENT = { title: "Release", content: "v1" };
/** SHA-256 of `v1`. */
const HASH = "3bfc269594ef649228e9a74bab00f042efc91d5acc6fbee31a382e80d42388fe";

function askApproval(parameters: JsonObject, answer: Json) {
  const made = approvalWait(parameters, 0);
  assert.ok(typeof made !== "string", JSON.stringify(made));
  return readAnswer({ wait: made.wait, parameters }, answer).kind;
}

function askPrompt(given: JsonObject, answer: Json) {
  const parameters = { prompt: "?", ...given };
  const wait = promptWait(parameters, 0);
  assert.ok(typeof wait !== "string", JSON.stringify(wait));
  const read = readAnswer({ wait, parameters }, answer);
  return read.kind === "fits" ? read.value : "refused";
}

function endApproval(parameters: JsonObject, end: WaitEnd) {
  const made = approvalWait(parameters, 0);
  assert.ok(typeof made !== "string");
  return waitResult({ wait: made.wait, end, parameters, startedAtMs: 0, endedAtMs: 2_000 });
}

describe("an answer to an approval", () => {
  it("approves or rejects, and brings nothing that the step does not allow (L154)", () => {
    assert.equal(askApproval(CONTENT, { approved: true }), "fits");
    assert.equal(askApproval(CONTENT, { approved: false, rejection_reason: "no" }), "fits");
    for (const refused of [
      true,
      {},
      { approved: "yes" },
      { approved: true, other: 1 },
      { approved: true, modified_content: "v2" },
      { approved: true, rejection_reason: "no" },
    ]) {
      assert.equal(askApproval(CONTENT, refused), "misfit", JSON.stringify(refused));
    }
    const open = { ...CONTENT, allow_modifications: true };
    assert.equal(askApproval(open, { approved: true, modified_content: "v2" }), "fits");
    assert.equal(askApproval(open, { approved: false, modified_content: "v2" }), "misfit");
    const strict = { ...CONTENT, require_reason: true };
    assert.equal(askApproval(strict, { approved: false }), "misfit");
    assert.equal(askApproval(strict, { approved: false, rejection_reason: " " }), "misfit");
  });

  it("becomes R with the hash of what was approved", () => {
    const answer = { approved: true, modified_content: "v1" };
    assert.deepEqual(
      endApproval({ ...CONTENT, content: "v1" }, { how: "answer", answer, by: "ann" }),
      {
        kind: "done",
        result: {
          approved: true,
          action: "approve",
          content_hash: HASH,
          timestamp: "1970-01-01T00:00:02+00:00",
          approver: "ann",
          modified_content: "v1",
          modified_hash: HASH,
        },
      },
    );
  });

  it("is a failure only where a rejection is to be one", () => {
    const end = { how: "answer", answer: { approved: false, rejection_reason: "no" }, by: "ann" };
    const rejected = endApproval(CONTENT, { ...end, how: "answer" });
    assert.equal(rejected.kind, "done");
    const failed = endApproval({ ...CONTENT, fail_on_reject: true }, { ...end, how: "answer" });
    assert.equal(failed.kind === "failed" && failed.error.code, "HUMAN_REJECTED");
  });

  it("is taken from the hash that approves at once, and from no other", () => {
    const approved = approvalWait({ ...CONTENT, auto_approve_hash: HASH }, 0);
    const other = approvalWait({ ...CONTENT, auto_approve_hash: `0${HASH.slice(1)}` }, 0);
    assert.ok(typeof approved !== "string" && typeof other !== "string");
    assert.equal(approved.end?.how, "answer");
    assert.equal(other.end, undefined);
  });

  it("is the default, or a failure, where nobody gives one (L151, L152)", () => {
    const taken = endApproval({ ...CONTENT, default: "approve" }, { how: "expired" });
    assert.match(JSON.stringify(taken), /"approved":true.*"approver":null,"used_default":true/);
    const late = endApproval(CONTENT, { how: "expired" });
    const alone = endApproval(CONTENT, { how: "unattended" });
    assert.deepEqual(
      [late, alone].map((end) => end.kind === "failed" && end.error.code),
      ["HUMAN_TIMEOUT", "HUMAN_UNAVAILABLE"],
    );
  });
});

describe("an answer to a prompt", () => {
  it("has the type of its input (L153)", () => {
    assert.equal(askPrompt({}, "a"), "a");
    assert.equal(askPrompt({ input_type: "number" }, " 4.5 "), 4.5);
    assert.equal(askPrompt({ input_type: "number" }, "four"), "refused");
    assert.equal(askPrompt({ input_type: "boolean" }, "Yes"), true);
    assert.equal(askPrompt({ input_type: "boolean" }, "perhaps"), "refused");
    assert.equal(askPrompt({}, ["a"]), "refused");
  });

  it("is one of the choices, trimmed, the exact case first", () => {
    const given = { input_type: "choice", choices: ["red", "RED", " Blue "] };
    assert.equal(askPrompt(given, " RED "), "RED");
    assert.equal(askPrompt(given, "Red"), "red");
    assert.equal(askPrompt(given, "blue"), "Blue");
    assert.equal(askPrompt(given, "green"), "refused");
  });

  it("keeps to pattern and bounds", () => {
    assert.equal(askPrompt({ validation_pattern: "^[a-z]+$" }, "abc"), "abc");
    assert.equal(askPrompt({ validation_pattern: "^[a-z]+$" }, "abc1"), "refused");
    assert.equal(askPrompt({ min: 2, max: 3 }, "abcd"), "refused");
    assert.equal(askPrompt({ min: 2, max: 3 }, "a"), "refused");
    assert.equal(askPrompt({ input_type: "number", max: 3 }, 4), "refused");
    assert.equal(askPrompt({ input_type: "number", max: 3 }, 3), 3);
  });

  it("cannot be given to a prompt that makes no sense", () => {
    assert.match(
      JSON.stringify(promptWait({ prompt: "?", input_type: "choice" }, 0)),
      /needs choices/,
    );
    const misfit = { prompt: "?", input_type: "number", default: "many" };
    assert.match(JSON.stringify(promptWait(misfit, 0)), /^"default: must be a number/);
  });
});
