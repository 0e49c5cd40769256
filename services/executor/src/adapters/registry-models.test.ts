import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { Code, ConnectError, createClient, type ServiceImpl } from "@connectrpc/connect";
import {
  type GenerateRequest,
  RegistryService,
  type SelectModelRequest,
} from "@orchestrator/proto/registry/v1/registry_pb";
import { createOutbox, inProcess } from "@orchestrator/rpc-node";

import type { ModelCall } from "../models.ts";
import { RegistryModels } from "./registry-models.ts";

type Generate = ServiceImpl<typeof RegistryService>["generate"];

describe("RegistryModels", () => {
  it("sends what is asked in one turn in one frame, and gives each caller his answer", async () => {
    const frames: GenerateRequest[] = [];
    await using models = openModels(async function* (requests) {
      for await (const request of requests) {
        frames.push(request);
        // The other way round: answers are told apart by key alone.
        const answers = request.calls
          .toReversed()
          .map(({ key, callId }) => ({ key, text: callId }));
        yield { answers };
      }
    });
    const outcomes = await Promise.all(
      ["a", "b", "c"].map((callId) => models.generate(callOf(callId), NEVER)),
    );
    assert.deepEqual(
      outcomes.map((outcome) => outcome.kind === "answer" && outcome.text),
      ["a", "b", "c"],
    );
    assert.equal(frames.length, 1);
  });

  it("sends a call again with the same id when the stream breaks", async () => {
    const seen: string[] = [];
    await using models = openModels(async function* (requests) {
      for await (const { calls } of requests) {
        seen.push(...calls.map(({ callId }) => callId));
        if (seen.length === 1) throw new ConnectError("the replica is gone", Code.Unavailable);
        yield { answers: calls.map(({ key }) => ({ key, text: "late", recorded: true })) };
      }
    });
    const outcome = await models.generate(callOf("run/step/1/1"), NEVER);
    assert.equal(outcome.kind === "answer" && outcome.recorded, true);
    assert.deepEqual(seen, ["run/step/1/1", "run/step/1/1"]);
  });

  it("rejects with the signal's reason, and cancels the call", async () => {
    const cancelled = createOutbox<number>();
    await using models = openModels(async function* (requests) {
      for await (const request of requests) {
        for (const key of request.cancelled) cancelled.push(key);
      }
      yield {};
    });
    const leaving = new AbortController();
    const call = models.generate(callOf("a"), leaving.signal);
    setTimeout(() => leaving.abort(new Error("the step is over")), 30);
    await assert.rejects(call, /the step is over/);
    for await (const key of cancelled) {
      assert.equal(key, 1);
      break;
    }
  });

  it("fails TIMEOUT, in doubt, when nobody answers in time", async () => {
    await using models = openModels(async function* (requests) {
      for await (const _ of requests) {
        // Silence.
      }
      yield {};
    });
    const outcome = await models.generate({ ...callOf("a"), timeoutMs: 20 }, NEVER);
    assert.equal(outcome.kind === "failure" && outcome.code, "TIMEOUT");
    assert.equal(outcome.kind === "failure" && outcome.inDoubt, true);
  });

  it("knows a model without a price from one that costs nothing", async () => {
    await using models = openModels(async function* (requests) {
      for await (const { calls } of requests) {
        yield {
          answers: calls.map(({ key, callId }) => ({ key, costUnknown: callId === "unpriced" })),
        };
      }
    });
    const [unpriced, free] = await Promise.all(
      ["unpriced", "free"].map((callId) => models.generate(callOf(callId), NEVER)),
    );
    assert.equal(unpriced?.kind === "answer" && unpriced.costNanoUsd, undefined);
    assert.equal(free?.kind === "answer" && free.costNanoUsd, 0);
  });

  it("refuses a prompt that fits into no frame, without sending it", async () => {
    await using models = openModels(async function* () {
      yield {};
      throw new Error("nothing may come");
    });
    for (const content of ["x".repeat((8 << 20) + 1), "世".repeat(3 << 20)]) {
      const call: ModelCall = {
        ...callOf("a"),
        timeoutMs: 1_000,
        messages: [{ role: "user", content }],
      };
      const outcome = await models.generate(call, NEVER);
      assert.equal(outcome.kind === "failure" && outcome.code, "MODEL_CONTEXT_EXCEEDED");
    }
  });

  it("says which model a call would go to, and what that would cost; or why there is none", async () => {
    const asked: SelectModelRequest[] = [];
    await using models = openModels(silent, (request) => {
      asked.push(request);
      return request.choice?.names[0] === "m"
        ? { model: { name: "m", provider: "p" }, reason: "named m", estimateNanoUsd: 7n }
        : { code: "NO_ELIGIBLE_MODEL", reason: "nothing fits" };
    });
    const question = { inputTokens: 3, outputTokens: 4 };
    const required = { names: ["m"], requirements: { excluded: ["x"], maxLatencyMs: 5 } };
    assert.deepEqual(await models.select({ choice: required, ...question }, NEVER), {
      kind: "selected",
      model: "p/m",
      reason: "named m",
      estimateNanoUsd: 7,
    });
    const [first] = asked;
    assert.ok(first !== undefined);
    const { choice, inputTokens, outputTokens } = first;
    assert.deepEqual([inputTokens, outputTokens], [3n, 4n]);
    assert.deepEqual(
      [choice?.requirements?.excluded, choice?.requirements?.maxLatencyMs],
      [["x"], 5],
    );
    const none = await models.select({ choice: { names: [] }, ...question }, NEVER);
    assert.ok(none.kind === "failure");
    assert.deepEqual([none.code, none.message], ["NO_ELIGIBLE_MODEL", "nothing fits"]);
  });

  it("takes a registry that cannot be asked for trouble of the network", async () => {
    await using models = openModels(silent, () => {
      throw new ConnectError("gone", Code.Unavailable);
    });
    const question = { choice: { names: [] }, inputTokens: 1, outputTokens: 1 };
    const said = await models.select(question, NEVER);
    assert.equal(said.kind === "failure" && said.code, "NETWORK");
  });

  it("hands over tools, what they gave, and the calls of an answer (L142)", async () => {
    const calls: unknown[] = [];
    const toolCalls = [{ id: "1", name: "read", argumentsJson: "{}" }];
    await using models = openModels(async function* (requests) {
      for await (const request of requests) {
        calls.push(...request.calls);
        yield { answers: request.calls.map(({ key }) => ({ key, toolCalls })) };
      }
    });
    const said = await models.generate(
      {
        ...callOf("a"),
        tools: [{ name: "read", description: "Reads.", parametersJson: "{}" }],
        messages: [
          { role: "assistant", content: "", toolCalls },
          { role: "tool", content: "text", toolCallId: "1" },
        ],
      },
      NEVER,
    );
    assert.deepEqual(said.kind === "answer" && said.toolCalls, toolCalls);
    assert.match(
      JSON.stringify(calls, (_, value: unknown) => (typeof value === "bigint" ? 0 : value)),
      /"toolCallId":"1".*"tools":\[\{.*"parametersJson":"\{\}"/,
    );
  });

  it("fails what waits when it is disposed of", async () => {
    const models = openModels(async function* (requests) {
      for await (const _ of requests) {
        // Silence.
      }
      yield {};
    });
    const call = models.generate(callOf("a"), NEVER);
    await models[Symbol.asyncDispose]();
    const outcome = await call;
    assert.equal(outcome.kind === "failure" && outcome.code, "CANCELLED");
  });
});

const NEVER = new AbortController().signal;

async function* silent(requests: AsyncIterable<GenerateRequest>) {
  for await (const _ of requests) {
    // Nothing is answered.
  }
  yield {};
}

function openModels(
  generate: Generate,
  selectModel: ServiceImpl<typeof RegistryService>["selectModel"] = () => ({}),
): RegistryModels {
  const transport = inProcess(
    {
      routes: (router) =>
        router.service(RegistryService, {
          generate,
          selectModel,
          listModels: () => ({}),
        }),
      interceptors: [],
    },
    { caller: "executor" },
  );
  return new RegistryModels(createClient(RegistryService, transport), {
    nowMs: () => performance.now(),
  });
}

function callOf(callId: string): ModelCall {
  return {
    callId,
    namespace: "default",
    timeoutMs: 5_000,
    traceparent: "",
    choice: { names: ["m"] },
    messages: [{ role: "user", content: "Hello" }],
    maxTokens: 100,
  };
}
