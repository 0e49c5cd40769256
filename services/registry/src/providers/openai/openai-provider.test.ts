import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { startScriptedModels } from "@orchestrator/scripted-models";

import type { Prompt } from "../../call.ts";
import { OpenAiProvider } from "./openai-provider.ts";

const NEVER = new AbortController().signal;
const PROMPT: Prompt = {
  messages: [{ role: "user", content: "Say something ✨" }],
  maxTokens: 100,
  temperature: 0.2,
  topP: undefined,
  stop: [],
  seed: undefined,
  form: undefined,
};

describe("OpenAiProvider", () => {
  it("brings the same text and usage whole and streamed", async () => {
    await using models = await startScriptedModels();
    await using provider = openProvider(models.url);
    const whole = await provider.generate({ model: "m", prompt: PROMPT }, { signal: NEVER });
    const parts: string[] = [];
    const streamed = await provider.generate(
      { model: "m", prompt: PROMPT },
      { signal: NEVER, onText: (text) => parts.push(text) },
    );
    assert.equal(whole.kind, "answer");
    assert.deepEqual(streamed, whole);
    assert.ok(parts.length > 1);
    assert.equal(parts.join(""), whole.kind === "answer" && whole.text);
  });

  it("asks for a schema as the dialect does", async () => {
    await using models = await startScriptedModels();
    await using provider = openProvider(models.url);
    const schema = { type: "object", required: ["n"], properties: { n: { type: "integer" } } };
    const prompt = { ...PROMPT, form: { name: "my answer", schema, strict: true } };
    const said = await provider.generate({ model: "m", prompt }, { signal: NEVER });
    assert.ok(said.kind === "answer" && Number.isInteger(JSON.parse(said.text).n));
  });

  it("offers tools, and reads the calls of an answer, whole or streamed (L142)", async () => {
    await using models = await startScriptedModels();
    await using provider = openProvider(models.url);
    const parameters = { type: "object", properties: { path: { type: "string" } } };
    const tools = [{ name: "filesystem_read", description: "Reads a file.", parameters }];
    const prompt = { ...PROMPT, tools };
    const said = await provider.generate({ model: "m", prompt }, { signal: NEVER });
    assert.ok(said.kind === "answer" && said.toolCalls !== undefined);
    const [call] = said.toolCalls;
    assert.equal(call?.name, "filesystem_read");
    assert.deepEqual(Object.keys(JSON.parse(call.argumentsJson)), ["path"]);
    const options = { signal: NEVER, onText: () => undefined };
    assert.deepEqual(await provider.generate({ model: "m", prompt }, options), said);
    const told: Prompt = {
      ...prompt,
      messages: [
        ...prompt.messages,
        { role: "assistant", content: "", toolCalls: said.toolCalls },
        { role: "tool", content: "the text", toolCallId: call.id },
      ],
    };
    const answered = await provider.generate({ model: "m", prompt: told }, { signal: NEVER });
    assert.ok(answered.kind === "answer" && answered.toolCalls === undefined);
    assert.notEqual(answered.text, "");
  });

  it("takes a stream that is broken off for trouble, never for an answer", async () => {
    await using models = await startScriptedModels({ script: [{ reply: { fault: "cut" } }] });
    await using provider = openProvider(models.url);
    const options = { signal: NEVER, onText: () => undefined };
    const said = await provider.generate({ model: "m", prompt: PROMPT }, options);
    assert.equal(said.kind === "error" && said.class, "network");
    assert.equal(said.kind === "error" && said.mayHavePaid, true);
    const whole = await provider.generate({ model: "m", prompt: PROMPT }, { signal: NEVER });
    assert.equal(whole.kind === "error" && whole.class, "network");
  });

  it("takes a body that is no completion for trouble", async () => {
    await using models = await startScriptedModels({ script: [{ reply: { fault: "garbage" } }] });
    await using provider = openProvider(models.url);
    const said = await provider.generate({ model: "m", prompt: PROMPT }, { signal: NEVER });
    assert.equal(said.kind === "error" && said.class, "malformed");
  });

  it("leaves the server at once when the call is aborted", async () => {
    await using models = await startScriptedModels({ script: [{ reply: { fault: "hang" } }] });
    await using provider = openProvider(models.url);
    const leaving = new AbortController();
    setTimeout(() => leaving.abort("timeout"), 20);
    const said = await provider.generate(
      { model: "m", prompt: PROMPT },
      { signal: leaving.signal },
    );
    assert.equal(said.kind === "error" && said.class, "timeout");
    await until(() => models.requests[0]?.outcome() === "left");
  });

  it("says that nothing listens, and that nothing was paid", async () => {
    await using provider = openProvider("http://127.0.0.1:9/v1");
    const said = await provider.generate({ model: "m", prompt: PROMPT }, { signal: NEVER });
    assert.equal(said.kind === "error" && said.class, "network");
    assert.equal(said.kind === "error" && said.mayHavePaid, false);
  });

  it("sends its key, and lists what the server serves", async () => {
    await using models = await startScriptedModels({ apiKey: "secret", models: ["a", "b"] });
    await using provider = openProvider(models.url, "secret");
    assert.deepEqual(await provider.listModels(NEVER), ["a", "b"]);
    await using stranger = openProvider(models.url, "wrong");
    assert.equal(await stranger.listModels(NEVER), undefined);
  });
});

function openProvider(baseUrl: string, apiKey?: string): OpenAiProvider {
  return new OpenAiProvider({ name: "scripted", baseUrl, apiKey });
}

async function until(isTrue: () => boolean): Promise<void> {
  for (let turn = 0; turn < 200 && !isTrue(); turn++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.ok(isTrue());
}
