import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { errorFromResponse, errorFromThrown } from "./error-class.ts";

describe("errorFromResponse", () => {
  const cases: readonly (readonly [number, string, string])[] = [
    [429, '{"error":{"code":"rate_limit_exceeded"}}', "rate_limited"],
    [429, '{"error":{"code":"insufficient_quota"}}', "quota_exhausted"],
    [429, "", "rate_limited"],
    [401, '{"error":{"code":"invalid_api_key"}}', "authentication"],
    [403, "<html>", "authentication"],
    [402, "{}", "quota_exhausted"],
    [404, '{"error":{"code":"model_not_found"}}', "model_not_found"],
    [400, '{"error":{"code":"context_length_exceeded"}}', "context_exceeded"],
    [
      400,
      '{"error":{"message":"This model\'s maximum context length is 8192"}}',
      "context_exceeded",
    ],
    [400, '{"error":{"message":"temperature is too high"}}', "refused"],
    [422, "{}", "refused"],
    [500, "{}", "overloaded"],
    [529, '{"error":{"type":"overloaded_error"}}', "overloaded"],
  ];
  for (const [status, body, wanted] of cases) {
    it(`takes ${status} ${body} for ${wanted}`, () => {
      assert.equal(errorFromResponse({ status, headers: {}, body }).class, wanted);
    });
  }

  it("reads how long to wait, the finer header first", () => {
    assert.equal(after({ "retry-after": "3" }), 3_000);
    assert.equal(after({ "retry-after": "3", "retry-after-ms": "250" }), 250);
    assert.equal(after({ "retry-after": "Wed, 21 Oct 2026 07:28:00 GMT" }), undefined);
    assert.equal(after({}), undefined);
  });

  it("never repeats a key that a provider quotes", () => {
    const body =
      '{"error":{"message":"Incorrect API key provided: sk-proj-abcd****wxyz.\\nTry again"}}';
    const { message } = errorFromResponse({ status: 401, headers: {}, body });
    assert.equal(message, "HTTP 401: Incorrect API key provided: *** Try again");
  });

  it("doubts what a gateway says about the server behind it", () => {
    assert.deepEqual(
      [502, 504, 500, 503, 429].map((status) => doubt(status)),
      [true, true, false, false, false],
    );
  });
});

describe("errorFromThrown", () => {
  it("doubts a connection that broke, but not one that was never opened", () => {
    assert.equal(thrown("ECONNREFUSED").mayHavePaid, false);
    assert.equal(thrown("UND_ERR_SOCKET").mayHavePaid, true);
    assert.equal(thrown("ECONNRESET").class, "network");
  });

  it("tells a passed deadline from a cancelled call", () => {
    assert.equal(errorFromThrown(new Error("x"), AbortSignal.abort("timeout")).class, "timeout");
    assert.equal(
      errorFromThrown(new Error("x"), AbortSignal.abort("cancelled")).class,
      "cancelled",
    );
  });
});

const NEVER = new AbortController().signal;

function after(headers: Record<string, string>): number | undefined {
  return errorFromResponse({ status: 429, headers, body: "" }).retryAfterMs;
}

function doubt(status: number): boolean {
  return errorFromResponse({ status, headers: {}, body: "" }).mayHavePaid;
}

function thrown(code: string) {
  return errorFromThrown(Object.assign(new Error("x"), { code }), NEVER);
}
