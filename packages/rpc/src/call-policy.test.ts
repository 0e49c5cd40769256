import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { reportOf } from "./call-policy.ts";
import type { CallRecord } from "./call.ts";

const CALL: CallRecord = {
  method: "orchestrator.state.v1.StateService/GetRun",
  streaming: false,
  readOnly: true,
  requestId: "1",
  metadata: new Headers(),
  startedAtMs: 10,
  caller: { kind: "anonymous" },
  peer: undefined,
  trace: undefined,
};

describe("the report of a call", () => {
  it("tells what services read of each other from what the public asks, and from what changes something", () => {
    const calls = [
      [CALL, true],
      [{ ...CALL, readOnly: false }, false],
      [{ ...CALL, method: "orchestrator.v1.RunService/GetRun" }, false],
    ] as const;
    for (const [call, isInternalRead] of calls) {
      const report = reportOf(call, { atMs: 15 });
      assert.deepEqual([report.isInternalRead, report.durationMs], [isInternalRead, 5]);
    }
  });
});
