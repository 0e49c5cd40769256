import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { startScriptedModels } from "./server.ts";

type Completion = {
  choices: { message: { content: string }; finish_reason: string }[];
  usage: { prompt_tokens: number; completion_tokens: number };
};

describe("The scripted models", () => {
  it("fit an answer to the schema of the response format", async () => {
    const schema = {
      type: "object",
      required: ["title", "score", "tags", "level"],
      properties: {
        title: { type: "string", minLength: 3 },
        score: { type: "integer", minimum: 1, maximum: 5 },
        tags: { type: "array", items: { $ref: "#/$defs/tag" }, minItems: 1 },
        level: { enum: ["low", "high"] },
      },
      $defs: { tag: { type: "string" } },
    };
    const said = await ask("Rate this.", {
      response_format: { type: "json_schema", json_schema: { name: "rating", schema } },
    });
    const value = JSON.parse(said);
    assert.ok(value.title.length >= 3);
    assert.ok(Number.isInteger(value.score) && value.score >= 1 && value.score <= 5);
    assert.ok(value.tags.every((tag: unknown) => typeof tag === "string"));
    assert.ok(["low", "high"].includes(value.level));
  });

  it("fit an answer to a schema that stands in the prompt", async () => {
    const said = await ask(
      'Answer in JSON that fits this schema: {"type":"object","required":["n"],"properties":{"n":{"type":"number"}}}',
    );
    assert.equal(typeof JSON.parse(said).n, "number");
  });

  it("call one of the tools that are offered, and answer once they are told what came of it", async () => {
    await using models = await startScriptedModels();
    const parameters = {
      type: "object",
      required: ["path"],
      properties: { path: { type: "string" } },
    };
    const tools = [{ type: "function", function: { name: "read", parameters } }];
    const messages: unknown[] = [{ role: "user", content: "Read it." }];
    const called = await completed(models.url, { messages, tools });
    const { message, finish_reason: reason } = called;
    const [call] = message.tool_calls ?? [];
    assert.equal(reason, "tool_calls");
    assert.ok(call !== undefined && call.function.name === "read");
    assert.equal(typeof JSON.parse(call.function.arguments).path, "string");
    messages.push(message, { role: "tool", tool_call_id: call.id, content: "its text" });
    const answered = await completed(models.url, { messages, tools });
    assert.equal(answered.message.tool_calls, undefined);
    assert.notEqual(answered.message.content, "");
  });

  it("call what a script says", async () => {
    const toolCalls = [{ name: "write", arguments: { path: "a" } }];
    await using models = await startScriptedModels({ script: [{ reply: { toolCalls } }] });
    const { message } = await completed(models.url, {
      messages: [{ role: "user", content: "Go." }],
    });
    assert.deepEqual(
      message.tool_calls?.map((call) => [call.function.name, call.function.arguments]),
      [["write", '{"path":"a"}']],
    );
  });

  it("say one of the choices, whichever way they are written", async () => {
    assert.ok(["red", "blue"].includes(await ask("Pick a colour. Answer with one of: red, blue.")));
    assert.ok(["a b", "c"].includes(await ask('Answer with exactly one of ["a b", "c"]')));
    assert.ok(["x", "y", "z"].includes(await ask("Choose from: x, y, or z")));
  });

  it("follow what is asked last", async () => {
    const said = await ask("Someone asked how many there are.\nIs that polite? Answer yes or no.");
    assert.ok(["yes", "no"].includes(said));
  });

  it("give numbers, lists and code where they are asked for", async () => {
    const score = Number(await ask("Give a number between 1 and 10."));
    assert.ok(Number.isInteger(score) && score >= 1 && score <= 10);
    assert.ok(Array.isArray(JSON.parse(await ask("Name planets as a JSON array."))));
    assert.match(await ask("Write a Python function that adds."), /^```python\ndef /);
  });

  it("say the same to the same prompt, and something else to another", async () => {
    assert.equal(await ask("Hello"), await ask("Hello"));
    assert.notEqual(await ask("Hello"), await ask("Hello!"));
  });

  it("cut at the limit of tokens and say so", async () => {
    await using server = await startScriptedModels();
    const { choices, usage } = await complete(server.url, "Tell me a story", { max_tokens: 3 });
    assert.equal(choices[0]?.finish_reason, "length");
    assert.equal(usage.completion_tokens, 3);
  });

  it("stream the same text as they send whole, with the usage at the end", async () => {
    await using server = await startScriptedModels();
    const whole = await complete(server.url, "Tell me ✨", {});
    const response = await post(server.url, "Tell me ✨", {
      stream: true,
      stream_options: { include_usage: true },
    });
    const events = (await response.text()).split("\n\n").filter((line) => line !== "");
    assert.equal(events.at(-1), "data: [DONE]");
    const chunks = events.slice(0, -1).map((line) => JSON.parse(line.slice(6)));
    const text = chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join("");
    assert.equal(text, whole.choices[0]?.message.content);
    assert.equal(chunks.at(-1).usage.completion_tokens, whole.usage.completion_tokens);
  });

  it("follow a script as often as it says, then answer by kind again", async () => {
    const reply = { status: 429, code: "rate_limit_exceeded", headers: { "retry-after": "1" } };
    await using server = await startScriptedModels({ script: [{ model: /^m$/, times: 1, reply }] });
    const refused = await post(server.url, "Hello", {});
    assert.equal(refused.status, 429);
    assert.equal(refused.headers.get("retry-after"), "1");
    assert.equal(JSON.parse(await refused.text()).error.code, "rate_limit_exceeded");
    assert.equal((await post(server.url, "Hello", {})).status, 200);
    assert.deepEqual(
      server.requests.map((request) => request.outcome()),
      ["error", "answered"],
    );
  });

  it("break the connection within an answer", async () => {
    await using server = await startScriptedModels({ script: [{ reply: { fault: "cut" } }] });
    await assert.rejects(async () => (await post(server.url, "Hello", {})).text());
    await assert.rejects(async () => (await post(server.url, "Hello", { stream: true })).text());
  });

  it("refuse a wrong key and an unknown model", async () => {
    await using server = await startScriptedModels({ apiKey: "right", models: ["m"] });
    assert.equal((await post(server.url, "Hello", {})).status, 401);
    const authorization = { authorization: "Bearer right" };
    const unknown = await post(server.url, "Hello", { model: "other" }, authorization);
    assert.equal(unknown.status, 404);
    const listed = await fetch(`${server.url}/models`, { headers: authorization });
    assert.deepEqual(
      JSON.parse(await listed.text()).data.map(({ id }: { id: string }) => id),
      ["m"],
    );
  });
});

async function ask(prompt: string, more: Record<string, unknown> = {}): Promise<string> {
  await using server = await startScriptedModels();
  const { choices } = await complete(server.url, prompt, more);
  return choices[0]?.message.content ?? "";
}

async function complete(
  url: string,
  prompt: string,
  more: Record<string, unknown>,
): Promise<Completion> {
  const response = await post(url, prompt, more);
  assert.equal(response.status, 200);
  return JSON.parse(await response.text());
}

function post(
  url: string,
  prompt: string,
  more: Record<string, unknown>,
  headers: Record<string, string> = {},
) {
  return fetch(`${url}/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ model: "m", messages: [{ role: "user", content: prompt }], ...more }),
  });
}

type Choice = {
  message: {
    content: string | null;
    tool_calls?: { id: string; function: { name: string; arguments: string } }[];
  };
  finish_reason: string;
};

async function completed(url: string, body: object): Promise<Choice> {
  const response = await fetch(`${url}/chat/completions`, {
    method: "POST",
    body: JSON.stringify({ model: "m", ...body }),
  });
  const completion: { choices: Choice[] } = JSON.parse(await response.text());
  const [choice] = completion.choices;
  assert.ok(choice !== undefined);
  return choice;
}
