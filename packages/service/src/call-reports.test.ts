import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { Code } from "@connectrpc/connect";
import type { CallReport } from "@orchestrator/rpc";

import { callReports } from "./call-reports.ts";
import type { Log } from "./telemetry/log.ts";
import { createMetrics } from "./telemetry/metrics.ts";

const CALL: CallReport = {
  method: "a.Service/Get",
  isInternalRead: false,
  requestId: "1",
  code: undefined,
  durationMs: 2,
  trace: undefined,
};

/** What is logged of a call, as `level event`, and how often it was counted. */
async function reported(call: Partial<CallReport>) {
  const lines: string[] = [];
  const at = (level: string) => (event: string) => void lines.push(`${level} ${event}`);
  const log: Log = {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    with: () => log,
  };
  const metrics = createMetrics();
  callReports({ log, metrics, async [Symbol.asyncDispose]() {} })({ ...CALL, ...call });
  const { values } = await metrics.requests.get();
  return { lines, counted: values.reduce((sum, { value }) => sum + value, 0) };
}

describe("the report of a call", () => {
  it("is as loud as what happened", async () => {
    const expected = [
      [{}, "debug call_ended"],
      [{ code: Code.NotFound }, "debug call_ended"],
      [{ code: Code.Unavailable }, "warn call_refused"],
      [{ code: Code.Internal, bug: new Error("oops") }, "error call_failed"],
    ] as const;
    for (const [call, line] of expected) {
      assert.deepEqual(await reported(call), { lines: [line], counted: 1 });
    }
  });

  it("only counts what services read of each other, unless it fails", async () => {
    const read = { isInternalRead: true };
    assert.deepEqual(await reported(read), { lines: [], counted: 1 });
    const lost = await reported({ ...read, code: Code.Unavailable });
    assert.deepEqual(lost.lines, ["warn call_refused"]);
  });
});
