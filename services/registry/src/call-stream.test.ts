import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { CallStream, type FrameOut, KeyReused } from "./call-stream.ts";
import type { Answer, ModelCall, Outcome } from "./call.ts";
import { Flights } from "./flights.ts";
import type { Performance } from "./perform-call.ts";

describe("A stream of calls", () => {
  it("answers what came together in one frame", async () => {
    const { stream, flights } = openStream(async ({ call }) => answerOf(call.callId));
    stream.accept(frameOf([callOf("a"), callOf("b")]));
    const frame = await next(stream.frames());
    assert.deepEqual(
      frame.answers.map(({ key, answer }) => [key, answer.text]),
      [
        [1, "a"],
        [2, "b"],
      ],
    );
    assert.equal(flights.size, 0);
  });

  it("performs calls of one id once (single flight)", async () => {
    let performed = 0;
    const { stream } = openStream(async () => {
      performed++;
      return answerOf("same");
    });
    stream.accept(frameOf([callOf("a"), callOf("a")]));
    const frame = await next(stream.frames());
    assert.equal(frame.answers.length, 2);
    assert.equal(performed, 1);
  });

  it("sends no more of a streamed answer than its window allows, in whole characters", async () => {
    const gate = withResolvers();
    const { stream } = openStream(async ({ onText }) => {
      onText("ab✨cd");
      await gate.promise;
      return answerOf("ab✨cd");
    });
    stream.accept({ ...frameOf([callOf("a", true)]), windows: [{ key: 1, bytes: 4 }] });
    const frames = stream.frames();
    // ✨ has three bytes and does not fit into the two that are left.
    assert.deepEqual((await next(frames)).deltas, [{ key: 1, text: "ab" }]);
    stream.accept({ ...NOTHING, windows: [{ key: 1, bytes: 2 }] });
    assert.deepEqual((await next(frames)).deltas, [{ key: 1, text: "✨c" }]);
    gate.resolve();
    const last = await next(frames);
    assert.deepEqual(last.deltas, []);
    assert.equal(last.answers[0]?.answer.text, "ab✨cd");
  });

  it("sends nothing of a streamed answer before a window is granted, and still the whole", async () => {
    const { stream } = openStream(async ({ onText }) => {
      onText("text");
      return answerOf("text");
    });
    stream.accept(frameOf([callOf("a", true)]));
    const frame = await next(stream.frames());
    assert.deepEqual([frame.deltas.length, frame.answers.length], [0, 1]);
  });

  it("aborts a call that nobody wants any more, and says so to who cancelled it", async () => {
    let reason: unknown;
    const { stream } = openStream(async ({ signal }) => {
      await aborted(signal);
      reason = signal.reason;
      return answerOf("too late");
    });
    stream.accept(frameOf([callOf("a")]));
    stream.accept({ ...NOTHING, cancelled: [1] });
    const frame = await next(stream.frames());
    assert.equal(frame.failures[0]?.failure.code, "CANCELLED");
    assert.equal(reason, "cancelled");
  });

  it("goes on with a call that another caller still wants", async () => {
    const gate = withResolvers();
    const perform = async ({ signal }: Performance): Promise<Outcome> => {
      await gate.promise;
      assert.equal(signal.aborted, false);
      return answerOf("shared");
    };
    const { stream, flights } = openStream(perform);
    const other = new CallStream(flights);
    stream.accept(frameOf([callOf("a")]));
    other.accept(frameOf([callOf("a")]));
    stream.accept({ ...NOTHING, cancelled: [1] });
    gate.resolve();
    assert.equal((await next(other.frames())).answers[0]?.answer.text, "shared");
  });

  it("goes on with the calls of a caller who is gone, so that their answers are recorded", async () => {
    const gate = withResolvers();
    let finished = false;
    const { stream, flights } = openStream(async ({ signal }) => {
      await gate.promise;
      finished = !signal.aborted;
      return answerOf("recorded");
    });
    stream.accept(frameOf([callOf("a")]));
    stream.leave();
    assert.equal(flights.size, 1);
    gate.resolve();
    await flights[Symbol.asyncDispose]();
    assert.equal(finished, true);
  });

  it("tells a caller whose time is over, while the call goes on for another", async () => {
    const gate = withResolvers();
    const { stream, flights } = openStream(async () => {
      await gate.promise;
      return answerOf("late");
    });
    const patient = new CallStream(flights);
    stream.accept(frameOf([{ ...callOf("a"), timeoutMs: 20 }]));
    patient.accept(frameOf([callOf("a")]));
    assert.equal((await next(stream.frames())).failures[0]?.failure.code, "TIMEOUT");
    gate.resolve();
    assert.equal((await next(patient.frames())).answers[0]?.answer.text, "late");
  });

  it("aborts with the reason timeout when the last deadline passes", async () => {
    let reason: unknown;
    const { stream } = openStream(async ({ signal }) => {
      await aborted(signal);
      reason = signal.reason;
      return answerOf("never");
    });
    stream.accept(frameOf([{ ...callOf("a"), timeoutMs: 20 }]));
    await next(stream.frames());
    assert.equal(reason, "timeout");
  });

  it("refuses a key that is open already", () => {
    const { stream } = openStream(async ({ signal }) => {
      await aborted(signal);
      return answerOf("never");
    });
    stream.accept(frameOf([callOf("a")]));
    assert.throws(() => stream.accept(frameOf([callOf("b")])), KeyReused);
    stream.accept({ ...NOTHING, cancelled: [1] });
  });

  it("splits what is ready into frames of a bounded size", async () => {
    const large = "x".repeat(700 << 10);
    const { stream } = openStream(async () => answerOf(large));
    stream.accept(frameOf([callOf("a"), callOf("b"), callOf("c")]));
    const frames = stream.frames();
    assert.equal((await next(frames)).answers.length, 2);
    assert.equal((await next(frames)).answers.length, 1);
  });

  it("ends when its caller has no more to say and everything is answered", async () => {
    const { stream } = openStream(async () => answerOf("done"));
    stream.accept(frameOf([callOf("a")]));
    stream.finish();
    let answers = 0;
    for await (const frame of stream.frames()) answers += frame.answers.length;
    assert.equal(answers, 1);
  });
});

const NOTHING = { calls: [], cancelled: [], windows: [] } as const;

function openStream(perform: (performance: Performance) => Promise<Outcome>) {
  const flights = new Flights({
    perform,
    onEnd: () => undefined,
    nowMs: () => performance.now(),
  });
  return { flights, stream: new CallStream(flights) };
}

function frameOf(calls: readonly ModelCall[]) {
  return { ...NOTHING, calls: calls.map((call, index) => ({ key: index + 1, call })) };
}

function callOf(callId: string, stream = false): ModelCall {
  return {
    namespace: "default",
    callId,
    timeoutMs: 5_000,
    traceparent: "",
    choice: { names: ["m"], requirements: undefined },
    stream,
    prompt: {
      messages: [{ role: "user", content: "Hello" }],
      maxTokens: 10,
      temperature: undefined,
      topP: undefined,
      stop: [],
      seed: undefined,
      form: undefined,
    },
  };
}

function answerOf(text: string): Answer {
  return {
    kind: "answer",
    text,
    model: "m",
    provider: "p",
    inputTokens: 1,
    outputTokens: 1,
    costNanoUsd: 0,
    latencyMs: 1,
    finishReason: "stop",
    choiceReason: "named m",
    recorded: false,
  };
}

async function next(frames: AsyncGenerator<FrameOut>): Promise<FrameOut> {
  const { value, done } = await frames.next();
  if (done === true) throw new Error("the stream has ended");
  return value;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

function withResolvers() {
  const opened = new AbortController();
  return { promise: aborted(opened.signal), resolve: () => opened.abort() };
}
