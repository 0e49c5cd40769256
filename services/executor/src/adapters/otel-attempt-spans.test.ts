import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { createAttemptSpans } from "./otel-attempt-spans.ts";

const ATTEMPT = { runId: "r", step: "s", tool: null, operation: "generate", attempt: 1 };
const TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7";

describe("createAttemptSpans", () => {
  it("opens no span for a run whose trace is not recorded", () => {
    const spans = createAttemptSpans();
    assert.equal(spans.start({ ...ATTEMPT, traceparent: `${TRACE}-00` }), undefined);
    assert.equal(spans.start({ ...ATTEMPT, traceparent: "" }), undefined);
  });

  it("opens one under the run's trace, and hands its context on", () => {
    const span = createAttemptSpans().start({ ...ATTEMPT, traceparent: `${TRACE}-01` });
    assert.ok(span !== undefined);
    assert.match(span.traceparent, /^00-4bf92f3577b34da6a3ce929d0e0e4736-[0-9a-f]{16}-01$/);
    span.end({ code: "TIMEOUT", message: "timeout" });
  });
});
