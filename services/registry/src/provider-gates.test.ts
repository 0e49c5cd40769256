import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { createProviderGates } from "./provider-gates.ts";
import type { Provider, ProviderAnswer } from "./provider.ts";

const NEVER = new AbortController().signal;
const REQUEST = {
  provider: "p",
  model: "m",
  prompt: {
    messages: [],
    maxTokens: 1,
    temperature: undefined,
    topP: undefined,
    stop: [],
    seed: undefined,
    form: undefined,
  },
};
const ANSWER: ProviderAnswer = {
  kind: "answer",
  text: "hello",
  usage: undefined,
  finishReason: "stop",
};

describe("a provider with a rate_limit", () => {
  it("is waited for within the patience of the call, and at once refused beyond", async () => {
    const { gates, slept } = paced({ requestsPerMinute: 6 });
    const ask = (patienceMs: number) => gates.generate(REQUEST, { signal: NEVER, patienceMs });
    assert.equal((await ask(0)).kind, "answer");
    assert.equal((await ask(60_000)).kind, "answer");
    assert.deepEqual(slept, [10_000]);
    const refused = await ask(15_000);
    assert.ok(refused.kind === "error");
    assert.deepEqual(
      [refused.class, refused.retryAfterMs, refused.mayHavePaid],
      ["rate_limited", 20_000, false],
    );
    assert.equal((await ask(20_000)).kind, "answer", "who was refused has not taken a place");
    assert.deepEqual(slept, [10_000, 20_000]);
  });
});

/** One provider that answers at once, and a clock that stands still. */
function paced({ requestsPerMinute }: { requestsPerMinute: number }) {
  const slept: number[] = [];
  const provider: Provider = {
    name: "p",
    generate: async () => ANSWER,
    listModels: async () => undefined,
    async [Symbol.asyncDispose]() {},
  };
  const gates = createProviderGates([{ provider, requestsPerMinute }], {
    nowMs: () => 0,
    sleep: async (ms) => void slept.push(ms),
  });
  return { gates, slept };
}
