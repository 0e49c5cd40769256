import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { Answer, ModelCall, Outcome, Prompt } from "./call.ts";
import type { Begun, IntentEnd, Ledger } from "./ledger.ts";
import { bareModel, type Model } from "./model.ts";
import { performCall } from "./perform-call.ts";
import type { AttemptOptions, ProviderAnswer, ProviderError } from "./provider.ts";

const SAID: ProviderAnswer = {
  kind: "answer",
  text: "hello",
  usage: { inputTokens: 3, outputTokens: 2 },
  finishReason: "stop",
};
const BROKEN: ProviderError = {
  kind: "error",
  class: "network",
  message: "the connection failed",
  mayHavePaid: true,
};

describe("performCall", () => {
  it("calls nobody while no intent can be recorded, and says that nothing was called", async () => {
    const ledger = new ScriptedLedger({
      begin: Array.from({ length: 1_000 }, () => new Error("down")),
    });
    const { outcome, attempts } = await perform({ ledger });
    assert.equal(outcome.kind === "failure" && outcome.code, "NETWORK");
    assert.equal(outcome.kind === "failure" && outcome.inDoubt, false);
    assert.equal(attempts, 0);
  });

  it("waits for a ledger that cannot be reached, and calls once it can", async () => {
    const ledger = new ScriptedLedger({ begin: [new Error("down"), new Error("down")] });
    const { outcome, attempts } = await perform({ ledger });
    assert.equal(outcome.kind, "answer");
    assert.equal(attempts, 1);
    assert.deepEqual(ledger.log, ["begin", "begin", "begin", "settle"]);
  });

  it("records an answer that is paid, however often that fails", async () => {
    const ledger = new ScriptedLedger({ settle: [new Error("down"), new Error("down"), true] });
    const { outcome, attempts } = await perform({ ledger });
    assert.equal(outcome.kind, "answer");
    assert.equal(attempts, 1);
    assert.deepEqual(ledger.log, ["begin", "settle", "settle", "settle"]);
  });

  it("looks again while another process makes the call, and takes its answer", async () => {
    const recorded: Begun = { kind: "recorded", answer: { ...ANSWER, recorded: true } };
    const ledger = new ScriptedLedger({ begin: [{ kind: "busy" }, { kind: "busy" }, recorded] });
    const { outcome, attempts } = await perform({ ledger });
    assert.equal(outcome.kind === "answer" && outcome.recorded, true);
    assert.equal(attempts, 0);
  });

  it("closes what may have been paid before it opens the next try", async () => {
    const ledger = new ScriptedLedger({});
    await perform({ ledger, said: [BROKEN, SAID] });
    assert.deepEqual(ledger.log, ["begin", "end in_doubt NETWORK", "begin", "settle"]);
  });

  it("repeats under the same intent what was certainly not paid", async () => {
    const ledger = new ScriptedLedger({});
    await perform({ ledger, said: [{ ...BROKEN, mayHavePaid: false }, SAID] });
    assert.deepEqual(ledger.log, ["begin", "settle"]);
  });

  it("does not repeat an answer of which the caller was shown a part", async () => {
    const { outcome, attempts } = await perform({ said: [BROKEN, SAID], wasShown: true });
    assert.equal(outcome.kind === "failure" && outcome.inDoubt, true);
    assert.equal(attempts, 1);
  });

  it("estimates the usage that a provider does not state, and says so in the ledger", async () => {
    const ledger = new ScriptedLedger({});
    const { outcome } = await perform({ ledger, said: [{ ...SAID, usage: undefined }] });
    assert.ok(outcome.kind === "answer" && outcome.inputTokens > 0);
    assert.equal(ledger.estimated, true);
  });

  it("passes over a candidate whose window is too small", async () => {
    const narrow: Model = { ...bareModel("p", "narrow"), contextTokens: 1 };
    const { outcome } = await perform({ models: [narrow, bareModel("p", "wide")] });
    assert.equal(outcome.kind === "answer" && outcome.model, "wide");
    assert.match(
      outcome.kind === "answer" ? outcome.choiceReason : "",
      /after p\/narrow: MODEL_CONTEXT/,
    );
  });

  it("makes no call whose estimate is more than is left, and takes a cheaper candidate where there is one (L143)", async () => {
    const dear: Model = {
      ...bareModel("p", "dear"),
      price: { inputNanoPerMtok: 0, outputNanoPerMtok: 1e9 },
    };
    const call = { ...CALL, maxCostNanoUsd: 9_999 };
    const refused = await perform({ call, models: [dear] });
    assert.equal(refused.outcome.kind === "failure" && refused.outcome.code, "BUDGET_EXCEEDED");
    assert.equal(refused.attempts, 0);
    const cheaper = await perform({ call, models: [dear, bareModel("p", "free")] });
    assert.equal(cheaper.outcome.kind === "answer" && cheaper.outcome.model, "free");
    const exact = await perform({ call: { ...CALL, maxCostNanoUsd: 10_000 }, models: [dear] });
    assert.equal(exact.outcome.kind, "answer");
  });

  it("speaks by protocol to a model that is not known to call tools, and reads its calls (L142)", async () => {
    const tools = [{ name: "list", description: "Lists.", parameters: { type: "object" } }];
    const call: ModelCall = {
      ...CALL,
      prompt: {
        ...CALL.prompt,
        tools,
        form: { name: "n", schema: {}, strict: false },
        messages: [
          ...CALL.prompt.messages,
          {
            role: "assistant",
            content: "",
            toolCalls: [{ id: "call_1", name: "list", argumentsJson: "{}" }],
          },
          { role: "tool", content: "[1]", toolCallId: "call_1" },
        ],
      },
    };
    const text = '```json\n{"tool_calls": [{"name": "list", "arguments": {"path": "a"}}]}\n```';
    const { outcome, prompts } = await perform({ call, said: [{ ...SAID, text }] });
    assert.deepEqual(outcome.kind === "answer" && [outcome.text, outcome.toolCalls], [
      "",
      [{ id: "call_1", name: "list", argumentsJson: '{"path":"a"}' }],
    ]);
    const [prompt] = prompts;
    assert.deepEqual([prompt?.tools, prompt?.form], [undefined, undefined]);
    assert.match(prompt?.messages[0]?.content ?? "", /"name":"list","description":"Lists\."/);
    assert.deepEqual(prompt?.messages.slice(2), [
      { role: "assistant", content: '{"tool_calls": [{"name": "list", "arguments": {}}]}' },
      { role: "user", content: "Result of call_1: [1]" },
    ]);
    const plain = await perform({ call, said: [{ ...SAID, text: '{"a": 1}' }] });
    assert.equal(plain.outcome.kind === "answer" && plain.outcome.text, '{"a": 1}');
    const able: Model = { ...bareModel("p", "m"), capabilities: ["text", "tools"] };
    const native = await perform({ call, models: [able] });
    assert.deepEqual(native.prompts[0], call.prompt);
  });
});

const ANSWER: Answer = {
  kind: "answer",
  text: "theirs",
  model: "m",
  provider: "p",
  inputTokens: 1,
  outputTokens: 1,
  costNanoUsd: undefined,
  latencyMs: 1,
  finishReason: "stop",
  choiceReason: "",
  recorded: false,
};

const CALL: ModelCall = {
  namespace: "default",
  callId: "run/step/1/1",
  timeoutMs: 5_000,
  traceparent: "",
  choice: { names: ["m"], requirements: undefined },
  stream: false,
  prompt: {
    messages: [{ role: "user", content: "Hello there" }],
    maxTokens: 10,
    temperature: undefined,
    topP: undefined,
    stop: [],
    seed: undefined,
    form: undefined,
  },
};

/** A ledger that does what a test says, and writes down what it was asked for. */
class ScriptedLedger implements Ledger {
  readonly log: string[] = [];
  estimated = false;
  readonly #begins: (Begun | Error)[];
  readonly #settles: (boolean | Error)[];
  #ordinal = 0;

  constructor({
    begin = [],
    settle = [],
  }: {
    begin?: (Begun | Error)[];
    settle?: (boolean | Error)[];
  }) {
    this.#begins = begin;
    this.#settles = settle;
  }

  async begin(): Promise<Begun> {
    this.log.push("begin");
    const next = this.#begins.shift() ?? { kind: "opened", ordinal: ++this.#ordinal };
    if (next instanceof Error) throw next;
    return next;
  }

  async find(): Promise<undefined> {
    this.log.push("find");
  }

  async settle(_: unknown, { usageEstimated }: { usageEstimated: boolean }): Promise<boolean> {
    this.log.push("settle");
    this.estimated = usageEstimated;
    const next = this.#settles.shift() ?? true;
    if (next instanceof Error) throw next;
    return next;
  }

  async end(_: unknown, { status, code }: IntentEnd): Promise<void> {
    this.log.push(`end ${status} ${code}`);
  }
}

async function perform({
  ledger = new ScriptedLedger({}),
  said = [SAID],
  models = [bareModel("p", "m")],
  wasShown = false,
  call = CALL,
}: {
  readonly call?: ModelCall;
  readonly ledger?: ScriptedLedger;
  readonly said?: readonly (ProviderAnswer | ProviderError)[];
  readonly models?: readonly [Model, ...Model[]];
  readonly wasShown?: boolean;
}): Promise<{
  readonly outcome: Outcome;
  readonly attempts: number;
  readonly prompts: readonly Prompt[];
}> {
  const prompts: Prompt[] = [];
  let attempts = 0;
  let nowMs = 0;
  const [first, ...rest] = models.map((model) => ({ model, reason: "named" }));
  assert.ok(first !== undefined);
  const outcome = await performCall(
    {
      ledger,
      providers: {
        async generate({ prompt }: { readonly prompt: Prompt }, options: AttemptOptions) {
          prompts.push(prompt);
          assert.equal(options.onText, undefined, "the call is not streamed");
          return said[attempts++] ?? SAID;
        },
      },
      choose: async () => ({ kind: "chosen", candidates: [first, ...rest] }),
      observer: {
        attemptStarted: () => ({ traceparent: "", ended: () => undefined }),
        callAnswered: () => undefined,
        callFailed: () => undefined,
        ledgerFailed: () => undefined,
      },
      maxAttempts: 3,
      nowMs: () => nowMs,
      random: () => 0,
      sleep: async (ms) => {
        nowMs += ms;
      },
    },
    {
      call,
      signal: new AbortController().signal,
      remainingMs: () => 5_000,
      onText: () => undefined,
      restart: () => undefined,
      wasShown: () => wasShown,
    },
  );
  return { outcome, attempts, prompts };
}
