import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { FAILURE_CODES, FAILURE_NAMES, isRetriedStatus } from "./failure-codes.ts";

describe("FAILURE_CODES", () => {
  it("reports the failures of an action that says no, and raises every other (L81)", () => {
    const reported = Object.entries(FAILURE_CODES)
      .filter(([, spec]) => spec.reported)
      .map(([code]) => code);
    const specified =
      "FILE_NOT_FOUND DATA_FORMAT ARTIFACT_MISSING PROCESS_EXIT HTTP_STATUS NETWORK TOOL_ERROR " +
      "TOOL_NOT_CONFIGURED SUB_PIPELINE_FAILED HUMAN_REJECTED RATE_LIMITED AUTHENTICATION";
    assert.deepEqual(reported.toSorted(), specified.split(" ").toSorted());
  });

  it("never retries what trying again cannot change (L103)", () => {
    for (const code of [
      "TEMPLATE_UNRESOLVED",
      "PATH_DENIED",
      "CANCELLED",
      "RUN_TIMEOUT",
      "MODEL_NOT_FOUND",
    ] as const) {
      assert.equal(FAILURE_CODES[code].retried, false, code);
    }
    for (const code of [
      "TIMEOUT",
      "ATTEMPT_LOST",
      "PROCESS_EXIT",
      "NETWORK",
      "FILE_NOT_FOUND",
    ] as const) {
      assert.equal(FAILURE_CODES[code].retried, true, code);
    }
    assert.deepEqual(
      [404, 408, 425, 429, 500, 503, 600].filter(isRetriedStatus),
      [408, 425, 429, 500, 503],
    );
  });

  it("knows codes, types and supertypes as names (L90)", () => {
    for (const name of ["*", "TIMEOUT", "TimeoutError", "ValueError", "ConnectionError"]) {
      assert.ok(FAILURE_NAMES.has(name), name);
    }
    assert.equal(FAILURE_NAMES.has("Timeout"), false);
  });
});
