import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { ModelAnswer, ModelCall, ModelFailure, Models } from "./models.ts";
import { Spending } from "./spending.ts";
import { answer } from "./testing/test-run.ts";

const CALL: ModelCall = {
  callId: "run/step/1/1",
  namespace: "test",
  timeoutMs: 1_000,
  traceparent: "",
  choice: { names: ["m"] },
  messages: [{ role: "user", content: "hi" }],
  maxTokens: 10,
};
const NEVER = new AbortController().signal;
const FREE = { limit: undefined, spentNanoUsd: 0 };

describe("Spending", () => {
  it("asks nobody what a call would cost where nothing is limited", async () => {
    const { models, bounds } = priced(5, ["4"]);
    const spending = new Spending(undefined, () => []);
    await spending.call(CALL, { models, spender: FREE, signal: NEVER });
    assert.deepEqual(bounds, [undefined]);
  });

  it("lets calls at the same time pass no limit together (L143)", async () => {
    const { models, bounds } = priced(5, ["wait", "wait"]);
    const spending = new Spending({ nanoUsd: 8 }, () => []);
    const both = [1, 2].map(() => spending.call(CALL, { models, spender: FREE, signal: NEVER }));
    await turn();
    assert.deepEqual(bounds, [8, 3]);
    assert.equal(both.length, 2);
  });

  it("gives back what a call cost less than its estimate", async () => {
    const { models, bounds } = priced(5, ["1", "1", "1"]);
    const spending = new Spending({ nanoUsd: 8 }, () => []);
    for (let calls = 0; calls < 3; calls++) {
      await spending.call(CALL, { models, spender: FREE, signal: NEVER });
    }
    assert.deepEqual(bounds, [8, 7, 6]);
  });

  it("counts with its estimate what may have been paid without an answer, and not what was not", async () => {
    const { models, bounds } = priced(5, ["doubt", "refused", "1"]);
    const spending = new Spending({ nanoUsd: 20 }, () => []);
    for (let calls = 0; calls < 3; calls++) {
      await spending.call(CALL, { models, spender: FREE, signal: NEVER });
    }
    assert.deepEqual(bounds, [20, 15, 15]);
  });

  it("begins with what was recorded before, and holds tokens to their own bound", async () => {
    const { models } = priced(0, ["1"]);
    const before = { model: "m", provider: "p", inputTokens: 50, outputTokens: 40, costNanoUsd: 0 };
    const spending = new Spending({ tokens: 104 }, () => [before]);
    const said = await spending.call(CALL, { models, spender: FREE, signal: NEVER });
    assert.ok(said.kind === "failure" && said.code === "BUDGET_EXCEEDED");
    assert.match(said.message, /take 15 tokens, and 14 of the budget are left/);
  });

  it("counts a limit per task by what its step spent, one per pipeline by what the run did (L137)", async () => {
    const { models, bounds } = priced(5, ["5", "5"]);
    const spending = new Spending(undefined, () => []);
    const perTask = { limit: { nanoUsd: 20, period: "per-task" as const }, spentNanoUsd: 3 };
    const perRun = { limit: { nanoUsd: 20, period: "per-pipeline" as const }, spentNanoUsd: 0 };
    await spending.call(CALL, { models, spender: perTask, signal: NEVER });
    await spending.call(CALL, { models, spender: perRun, signal: NEVER });
    assert.deepEqual(bounds, [17, 15]);
  });
});

type Ending = "wait" | "doubt" | "refused" | "1" | "4" | "5";

/** Models whose calls are estimated at so much, and end so, one after another. */
function priced(
  estimateNanoUsd: number,
  endings: Ending[],
): { readonly models: Models; readonly bounds: (number | undefined)[] } {
  const bounds: (number | undefined)[] = [];
  return {
    bounds,
    models: {
      select: () =>
        Promise.resolve({ kind: "selected", model: "p/m", reason: "", estimateNanoUsd }),
      generate: ({ maxCostNanoUsd }) => {
        bounds.push(maxCostNanoUsd);
        return ended(endings.shift() ?? "wait");
      },
    },
  };
}

function ended(ending: Ending): Promise<ModelAnswer | ModelFailure> {
  switch (ending) {
    case "wait":
      return new Promise(() => {});
    case "doubt":
    case "refused":
      return Promise.resolve({
        kind: "failure",
        code: "NETWORK",
        message: "gone",
        retryAfterMs: undefined,
        httpStatus: undefined,
        inDoubt: ending === "doubt",
      });
    case "1":
    case "4":
    case "5":
      return Promise.resolve({ ...answer("y"), costNanoUsd: Number(ending) });
  }
}

async function turn(): Promise<void> {
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
}
