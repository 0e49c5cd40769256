import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { Code, ConnectError, createClient, type ServiceImpl } from "@connectrpc/connect";
import { type GenerateRequest, RegistryService } from "@orchestrator/proto/registry/v1/registry_pb";
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

function openModels(generate: Generate): RegistryModels {
  const transport = inProcess(
    {
      routes: (router) =>
        router.service(RegistryService, {
          generate,
          selectModel: () => ({}),
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
