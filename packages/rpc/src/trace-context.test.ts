import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { setTraceHeaders, traceContextFrom } from "./trace-context.ts";

const traceId = "0af7651916cd43dd8448eb211c80319c";
const spanId = "b7ad6b7169203331";

function read(traceparent: string): ReturnType<typeof traceContextFrom> {
  return traceContextFrom(new Headers({ traceparent }));
}

describe("traceContextFrom", () => {
  it("reads what setTraceHeaders wrote", () => {
    const headers = new Headers();
    const trace = { traceId, spanId, sampled: true, state: "vendor=1" };
    setTraceHeaders(headers, trace);
    assert.equal(headers.get("traceparent"), `00-${traceId}-${spanId}-01`);
    assert.deepEqual(traceContextFrom(headers), trace);
  });

  it("reads the known fields of a later version", () => {
    assert.deepEqual(read(`cc-${traceId}-${spanId}-00-more`), { traceId, spanId, sampled: false });
  });

  it("takes what is malformed for absent", () => {
    for (const value of [
      "",
      "00",
      `ff-${traceId}-${spanId}-01`,
      `00-${traceId}-${spanId}-01-more`,
      `00-${"0".repeat(32)}-${spanId}-01`,
      `00-${traceId}-${"0".repeat(16)}-01`,
      `00-${traceId.toUpperCase()}-${spanId}-01`,
    ]) {
      assert.equal(read(value), undefined, value);
    }
  });
});
