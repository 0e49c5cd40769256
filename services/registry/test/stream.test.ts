import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import type { MessageInitShape } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { type TestDatabase, testDatabases } from "@orchestrator/postgres/testing";
import type {
  GenerateRequestSchema,
  GenerateResponse,
} from "@orchestrator/proto/registry/v1/registry_pb";
import { createOutbox, type Outbox } from "@orchestrator/rpc-node";
import { startScriptedModels } from "@orchestrator/scripted-models";

import { MIGRATIONS } from "../src/start.ts";
import { callOf, openRegistry, type TestRegistry, until } from "./harness.ts";

describe("The stream of calls", () => {
  let store: TestDatabase;
  before(async () => {
    const [driver] = testDatabases();
    assert.ok(driver !== undefined);
    store = await driver.open([MIGRATIONS]);
  });
  after(() => store[Symbol.asyncDispose]());

  it("carries many calls at once, and answers each under its key", async () => {
    await using models = await startScriptedModels({ delayMs: 150 });
    await using registry = await openRegistry({ database: store.db, url: models.url });
    const { frames, responses } = openStream(registry);
    const calls = Array.from({ length: 100 }, (_, key) => ({ ...callOf(`many-${key}`), key }));
    frames.push({ calls });
    const keys: number[] = [];
    let received = 0;
    for await (const { answers } of responses) {
      received++;
      keys.push(...answers.map(({ key }) => key));
      if (keys.length === calls.length) frames.end();
    }
    assert.deepEqual(
      keys.toSorted((a, b) => a - b),
      calls.map(({ key }) => key),
    );
    assert.ok(received < 100, "several answers came in a frame");
  });

  it("streams an answer within its window, and the whole at the end", async () => {
    const text = "The quick brown fox jumps over the lazy dog, again and again.";
    await using models = await startScriptedModels({
      partDelayMs: 10,
      script: [{ reply: { text } }],
    });
    await using registry = await openRegistry({ database: store.db, url: models.url });
    const { frames, responses } = openStream(registry);
    frames.push({
      calls: [{ ...callOf("stream"), key: 7, stream: true }],
      windows: [{ key: 7, bytes: 20 }],
    });
    let streamed = "";
    let whole = "";
    for await (const { deltas, answers } of responses) {
      streamed += deltas.map((delta) => delta.text).join("");
      whole += answers.map((answer) => answer.text).join("");
      if (whole !== "") frames.end();
    }
    assert.equal(streamed, text.slice(0, 20));
    assert.equal(whole, text);
  });

  it("sends on when the window is widened", async () => {
    const text = "0123456789".repeat(5);
    await using models = await startScriptedModels({
      partDelayMs: 20,
      script: [{ reply: { text } }],
    });
    await using registry = await openRegistry({ database: store.db, url: models.url });
    const { frames, responses } = openStream(registry);
    frames.push({
      calls: [{ ...callOf("wide"), key: 1, stream: true }],
      windows: [{ key: 1, bytes: 5 }],
    });
    let streamed = "";
    for await (const { deltas, answers } of responses) {
      const got = deltas.map((delta) => delta.text).join("");
      streamed += got;
      if (got !== "") frames.push({ windows: [{ key: 1, bytes: got.length }] });
      if (answers.length > 0) frames.end();
    }
    assert.ok(streamed.length > 5 && text.startsWith(streamed), streamed);
  });

  it("cancels one call, and leaves the others alone", async () => {
    await using models = await startScriptedModels({ delayMs: 1_500 });
    await using registry = await openRegistry({ database: store.db, url: models.url });
    const { frames, responses } = openStream(registry);
    frames.push({
      calls: [
        { ...callOf("cancel-1"), key: 1 },
        { ...callOf("cancel-2"), key: 2 },
      ],
    });
    await until(() => models.requests.length === 2);
    frames.push({ cancelled: [1] });
    const failed: string[] = [];
    const answered: number[] = [];
    for await (const { answers, failures } of responses) {
      failed.push(...failures.map(({ key, code }) => `${key} ${code}`));
      answered.push(...answers.map(({ key }) => key));
      if (failed.length + answered.length === 2) frames.end();
    }
    assert.deepEqual([failed, answered], [["1 CANCELLED"], [2]]);
    const outcomes = models.requests.map((request) => request.outcome());
    assert.deepEqual(outcomes.toSorted(), ["answered", "left"]);
  });

  it("fails a malformed call alone, by its key", async () => {
    await using models = await startScriptedModels();
    await using registry = await openRegistry({ database: store.db, url: models.url });
    const { frames, responses } = openStream(registry);
    frames.push({
      calls: [
        { ...callOf(""), key: 1 },
        { ...callOf("role", { messages: [{ role: "wizard", content: "hi" }] }), key: 2 },
        { ...callOf("fine"), key: 3 },
      ],
    });
    const ended = new Map<number, string>();
    for await (const { answers, failures } of responses) {
      for (const { key } of answers) ended.set(key, "answer");
      for (const { key, code } of failures) ended.set(key, code);
      if (ended.size === 3) frames.end();
    }
    assert.deepEqual(
      [...ended].toSorted(([a], [b]) => a - b),
      [
        [1, "MODEL_ERROR"],
        [2, "MODEL_ERROR"],
        [3, "answer"],
      ],
    );
  });

  it("asks the provider for the form that the caller wants (L139)", async () => {
    await using models = await startScriptedModels();
    await using registry = await openRegistry({ database: store.db, url: models.url });
    const schemaJson = JSON.stringify({
      type: "object",
      properties: { n: { type: "integer" } },
      required: ["n"],
    });
    const fitted = await registry.call(callOf("form", { form: { name: "answer", schemaJson } }));
    assert.ok(fitted.kind === "answer" && Number.isInteger(JSON.parse(fitted.answer.text).n));
    const any = await registry.call(callOf("form-any", { form: { name: "", schemaJson: "" } }));
    assert.equal(any.kind === "answer" && typeof JSON.parse(any.answer.text), "object");
    const bad = await registry.call(callOf("form-bad", { form: { name: "", schemaJson: "{" } }));
    assert.equal(bad.kind === "failure" && bad.failure.code, "MODEL_ERROR");
  });

  it("chooses by what is required, and fails closed (L136)", async () => {
    await using models = await startScriptedModels();
    await using registry = await openRegistry({ database: store.db, url: models.url });
    const able = { names: [], requirements: { capabilities: ["json"], minExpertise: "medium" } };
    const found = await registry.call(callOf("able", { choice: able }));
    assert.match(
      found.kind === "answer" ? found.answer.choiceReason : "",
      /json, expertise ≥ medium/,
    );
    const seeing = { names: [], requirements: { capabilities: ["vision"] } };
    const none = await registry.call(callOf("seeing", { choice: seeing }));
    assert.equal(none.kind === "failure" && none.failure.code, "NO_ELIGIBLE_MODEL");
    assert.match(none.kind === "failure" ? none.failure.message : "", /scripted\/m \(no vision\)/);
  });

  it("keeps a provider's rate_limit", async () => {
    await using models = await startScriptedModels();
    const slow = {
      name: "scripted",
      baseUrl: models.url,
      apiKey: undefined,
      requestsPerMinute: 600,
    };
    await using registry = await openRegistry({ database: store.db, providers: [slow] });
    const startedMs = performance.now();
    const calls = Array.from({ length: 63 }, (_, n) => registry.call(callOf(`paced-${n}`)));
    assert.ok((await Promise.all(calls)).every(({ kind }) => kind === "answer"));
    // Sixty at once, then one every 100 ms.
    assert.ok(performance.now() - startedMs >= 290);
  });

  it("ends when the registry stops, so that its caller turns to another", async () => {
    await using models = await startScriptedModels();
    const registry = await openRegistry({ database: store.db, url: models.url });
    const { frames, responses } = openStream(registry);
    frames.push({ calls: [{ ...callOf("open-end"), key: 1 }] });
    const ended = assert.rejects(collect(responses), (error) => {
      return error instanceof ConnectError && error.code === Code.Unavailable;
    });
    await until(() => models.requests.length === 1);
    const startedMs = performance.now();
    await registry.stop();
    await ended;
    assert.ok(performance.now() - startedMs < 2_000);
    await registry[Symbol.asyncDispose]();
  });

  it("ends with INVALID_ARGUMENT when two open calls have one key", async () => {
    await using models = await startScriptedModels({ delayMs: 200 });
    await using registry = await openRegistry({ database: store.db, url: models.url });
    const { frames, responses } = openStream(registry);
    frames.push({
      calls: [
        { ...callOf("twin-1"), key: 1 },
        { ...callOf("twin-2"), key: 1 },
      ],
    });
    await assert.rejects(collect(responses), (error) => {
      return error instanceof ConnectError && error.code === Code.InvalidArgument;
    });
    frames.end();
  });

  it("says exactly what to set when no provider is configured", async () => {
    await using registry = await openRegistry({ database: store.db });
    const ended = await registry.call(callOf("nobody"));
    assert.ok(ended.kind === "failure");
    assert.equal(ended.failure.code, "NO_ELIGIBLE_MODEL");
    assert.match(ended.failure.message, /models\.providers\.<name>\.api_key/);
    assert.match(ended.failure.message, /OPENAI_API_KEY/);
  });
});

describe("SelectModel and ListModels", () => {
  let store: TestDatabase;
  before(async () => {
    const [driver] = testDatabases();
    assert.ok(driver !== undefined);
    store = await driver.open([MIGRATIONS]);
  });
  after(() => store[Symbol.asyncDispose]());

  it("tell which model would be called and why, without calling it", async () => {
    await using models = await startScriptedModels();
    await using registry = await openRegistry({ database: store.db, url: models.url });
    const chosen = await registry.client.selectModel({ choice: { names: ["alias"] } });
    assert.equal(chosen.model?.name, "m");
    assert.match(chosen.reason, /alias alias of scripted\/m/);
    const none = await registry.client.selectModel({ choice: { names: ["alias2"] } });
    assert.equal(none.model, undefined);
    assert.match(none.reason, /MODEL_NOT_FOUND.*did you mean alias/);
    assert.equal(models.requests.length, 0);
  });

  it("list what is configured with its facts and aliases", async () => {
    await using models = await startScriptedModels();
    await using registry = await openRegistry({ database: store.db, url: models.url });
    const { models: listed } = await registry.client.listModels({});
    assert.deepEqual(
      listed.map(({ provider, name, expertise, aliases }) => [provider, name, expertise, aliases]),
      [["scripted", "m", "high", ["alias"]]],
    );
  });

  it("list, and call by name, what a provider without a list serves", async () => {
    await using models = await startScriptedModels({ models: ["own-a", "own-b"] });
    await using registry = await openRegistry({ database: store.db, url: models.url, models: [] });
    const { models: listed } = await registry.client.listModels({});
    assert.deepEqual(
      listed.map(({ name }) => name),
      ["own-a", "own-b"],
    );
    const ended = await registry.call(callOf("own", { choice: { names: ["own-b"] } }));
    assert.equal(ended.kind === "answer" && ended.answer.model, "own-b");
    const missing = await registry.call(callOf("own-missing", { choice: { names: ["own-c"] } }));
    assert.ok(missing.kind === "failure");
    assert.equal(missing.failure.code, "MODEL_NOT_FOUND");
    assert.match(missing.failure.message, /own-a/);
  });
});

type Frames = Outbox<MessageInitShape<typeof GenerateRequestSchema>>;

function openStream({ client }: TestRegistry): {
  readonly frames: Frames;
  readonly responses: AsyncIterable<GenerateResponse>;
} {
  const frames: Frames = createOutbox();
  return { frames, responses: client.generate(frames) };
}

async function collect(responses: AsyncIterable<GenerateResponse>): Promise<number> {
  let count = 0;
  for await (const _ of responses) count++;
  return count;
}
