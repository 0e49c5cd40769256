import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import type { Database } from "@orchestrator/postgres";
import { type TestDatabase, testDatabases } from "@orchestrator/postgres/testing";
import { type Reply, startScriptedModels } from "@orchestrator/scripted-models";

import { bareModel } from "../src/model.ts";
import { MIGRATIONS } from "../src/start.ts";
import { callOf, ledgerRows, MODEL, openRegistry, until } from "./harness.ts";

for (const driver of testDatabases()) {
  describe(`The registry on ${driver.name}`, () => {
    let store: TestDatabase;
    let database: Database;
    before(async () => {
      store = await driver.open([MIGRATIONS]);
      database = store.db;
    });
    after(() => store[Symbol.asyncDispose]());

    it("answers with text, usage and cost, and has them in the ledger before", async () => {
      await using models = await startScriptedModels();
      await using registry = await openRegistry({ database, url: models.url });
      const ended = await registry.call(callOf("plain"));
      assert.ok(ended.kind === "answer");
      const { answer } = ended;
      assert.equal(answer.provider, "scripted");
      assert.equal(answer.recorded, false);
      assert.equal(answer.costUnknown, false);
      assert.equal(answer.costNanoUsd, 1_000n * answer.inputTokens + 2_000n * answer.outputTokens);
      assert.deepEqual(await ledgerRows(database, "plain"), [
        {
          ordinal: 1,
          status: "answered",
          costNanoUsd: Number(answer.costNanoUsd),
          reserveNanoUsd: 7_000 + 200_000,
        },
      ]);
    });

    it("gives the recorded answer after a restart, and pays once (I11)", async () => {
      await using models = await startScriptedModels();
      const first = await (async () => {
        await using registry = await openRegistry({ database, url: models.url });
        return await registry.call(callOf("restart"));
      })();
      await using registry = await openRegistry({ database, url: models.url });
      const second = await registry.call(callOf("restart"));
      assert.ok(first.kind === "answer" && second.kind === "answer");
      assert.equal(second.answer.recorded, true);
      assert.deepEqual({ ...second.answer, recorded: false }, { ...first.answer, recorded: false });
      assert.equal(models.requests.length, 1);
    });

    it("records the tools that an answer wants called, and gives them again (L142, I11)", async () => {
      await using models = await startScriptedModels();
      const able = { ...MODEL, capabilities: ["text", "tools"] };
      const parametersJson = '{"type":"object","required":["path"]}';
      const tools = [{ name: "read", description: "Reads.", parametersJson }];
      const call = callOf("tools", { tools });
      const first = await (async () => {
        await using registry = await openRegistry({ database, url: models.url, models: [able] });
        return await registry.call(call);
      })();
      await using registry = await openRegistry({ database, url: models.url, models: [able] });
      const second = await registry.call(call);
      assert.ok(first.kind === "answer" && second.kind === "answer");
      assert.equal(first.answer.toolCalls[0]?.name, "read");
      assert.deepEqual(second.answer.toolCalls, first.answer.toolCalls);
      assert.equal(models.requests.length, 1);
    });

    it("says what a call would cost, and refuses one that would cost more than is left (L143)", async () => {
      await using models = await startScriptedModels();
      await using registry = await openRegistry({ database, url: models.url });
      const choice = { names: ["m"] };
      const asked = { choice, inputTokens: 7n, outputTokens: 100n };
      const selected = await registry.client.selectModel(asked);
      assert.deepEqual(
        [selected.model?.name, selected.code, selected.estimateNanoUsd],
        ["m", "", 207_000n],
      );
      const ended = await registry.call(callOf("dear", { maxCostNanoUsd: 206_999n }));
      assert.equal(ended.kind === "failure" && ended.failure.code, "BUDGET_EXCEEDED");
      assert.equal(models.requests.length, 0);
    });

    it("gives the recorded answer although the model is not configured any more", async () => {
      await using models = await startScriptedModels();
      {
        await using registry = await openRegistry({ database, url: models.url });
        await registry.call(callOf("removed"));
      }
      await using registry = await openRegistry({ database });
      const ended = await registry.call(callOf("removed"));
      assert.equal(ended.kind === "answer" && ended.answer.recorded, true);
    });

    it("keeps answers of namespaces apart", async () => {
      await using models = await startScriptedModels();
      await using registry = await openRegistry({ database, url: models.url });
      await registry.call(callOf("tenant"));
      const other = await registry.call(callOf("tenant", { namespace: "other" }));
      assert.equal(other.kind === "answer" && other.answer.recorded, false);
      assert.equal(models.requests.length, 2);
    });

    it("records an answer that holds the character zero as it is", async () => {
      const text = "a\u0000b";
      await using models = await startScriptedModels({ script: [{ reply: { text } }] });
      await using registry = await openRegistry({ database, url: models.url });
      await registry.call(callOf("zero"));
      const again = await registry.call(callOf("zero"));
      assert.equal(again.kind === "answer" && again.answer.text, text);
    });

    it("marks the call of a dead process in doubt, and only then makes it again", async () => {
      await using models = await startScriptedModels();
      await using registry = await openRegistry({ database, url: models.url });
      await leaveOpen(database, "orphan", "-1 second");
      const ended = await registry.call(callOf("orphan"));
      assert.equal(ended.kind === "answer" && ended.answer.recorded, false);
      assert.deepEqual(
        (await ledgerRows(database, "orphan")).map(({ ordinal, status }) => [ordinal, status]),
        [
          [1, "in_doubt"],
          [2, "answered"],
        ],
      );
    });

    it("waits for a call that a living process makes, by the database's clock", async () => {
      await using models = await startScriptedModels({ delayMs: 300 });
      await using one = await openRegistry({ database, url: models.url });
      await using other = await openRegistry({ database, url: models.url });
      const first = one.call(callOf("shared"));
      await until(() => models.requests.length === 1);
      const [mine, theirs] = await Promise.all([first, other.call(callOf("shared"))]);
      assert.ok(mine.kind === "answer" && theirs.kind === "answer");
      assert.equal(theirs.answer.recorded, true);
      assert.equal(theirs.answer.text, mine.answer.text);
      assert.equal(models.requests.length, 1);
    });

    it("takes a call over once its owner's lease has run out", async () => {
      await using models = await startScriptedModels();
      await using registry = await openRegistry({ database, url: models.url });
      await leaveOpen(database, "slow-death", "400 milliseconds");
      const startedMs = performance.now();
      const ended = await registry.call(callOf("slow-death"));
      assert.equal(ended.kind, "answer");
      assert.ok(performance.now() - startedMs > 250);
    });

    it("gives way to the answer of who took the call over meanwhile", async () => {
      await using models = await startScriptedModels({ delayMs: 200 });
      await using registry = await openRegistry({ database, url: models.url });
      const call = registry.call(callOf("overtaken"));
      await until(() => models.requests.length === 1);
      await database.script(`
        update registry.model_call set status = 'in_doubt' where call_id = 'overtaken';
        insert into registry.model_call (namespace, call_id, ordinal, session_id, status, provider, model, input_tokens,
          output_tokens, cost_nano_usd, latency_ms, answer, finish_reason, choice_reason, started_at)
        values ('default', 'overtaken', 2, 0, 'answered', 'scripted', 'm', 1, 1, 1, 1, 'theirs', 'stop', '', now());`);
      const ended = await call;
      assert.equal(ended.kind === "answer" && ended.answer.text, "theirs");
      const [superseded] = await ledgerRows(database, "overtaken");
      assert.equal(superseded?.status, "superseded");
      assert.ok((superseded?.costNanoUsd ?? 0) > 0, "what it cost is known all the same");
    });

    it("makes calls of one id on many streams once (single flight)", async () => {
      await using models = await startScriptedModels({ delayMs: 50 });
      await using registry = await openRegistry({ database, url: models.url });
      const calls = Array.from({ length: 20 }, () => registry.call(callOf("crowd")));
      const texts = (await Promise.all(calls)).map(
        (ended) => ended.kind === "answer" && ended.answer.text,
      );
      assert.equal(new Set(texts).size, 1);
      assert.equal(models.requests.length, 1);
    });

    it("waits as long as a limited provider says, then has its answer, in one try", async () => {
      await using models = await openFailing({ status: 429, headers: { "retry-after-ms": "80" } });
      await using registry = await openRegistry({ database, url: models.url });
      const startedMs = performance.now();
      const ended = await registry.call(callOf("limited"));
      assert.equal(ended.kind, "answer");
      assert.ok(performance.now() - startedMs >= 80);
      assert.equal(models.requests.length, 2);
      assert.equal((await ledgerRows(database, "limited")).length, 1, "a refusal is not paid");
    });

    it("hands a long wait over to the run, with the hint", async () => {
      const reply: Reply = {
        status: 429,
        code: "rate_limit_exceeded",
        headers: { "retry-after": "120" },
      };
      await using models = await startScriptedModels({ script: [{ reply }] });
      await using registry = await openRegistry({ database, url: models.url });
      const ended = await registry.call(callOf("long-wait"));
      assert.ok(ended.kind === "failure");
      assert.equal(ended.failure.code, "RATE_LIMITED");
      assert.equal(ended.failure.retryAfterMs, 120_000);
      assert.equal(ended.failure.httpStatus, 429);
    });

    it("gives up at the bound of attempts", async () => {
      const reply: Reply = { status: 500, message: "no" };
      await using models = await startScriptedModels({ script: [{ reply }] });
      await using registry = await openRegistry({ database, url: models.url });
      const ended = await registry.call(callOf("broken"));
      assert.equal(ended.kind === "failure" && ended.failure.code, "MODEL_ERROR");
      assert.equal(models.requests.length, 3);
      assert.deepEqual(
        (await ledgerRows(database, "broken")).map(({ status }) => status),
        ["failed"],
      );
    });

    it("does not repeat what waiting does not help: keys, quota, unknown models, bad requests", async () => {
      const cases: readonly (readonly [Reply, string])[] = [
        [{ status: 401, code: "invalid_api_key" }, "AUTHENTICATION"],
        [{ status: 429, code: "insufficient_quota" }, "AUTHENTICATION"],
        [{ status: 404, code: "model_not_found" }, "MODEL_NOT_FOUND"],
        [{ status: 400, code: "context_length_exceeded" }, "MODEL_CONTEXT_EXCEEDED"],
        [{ status: 400 }, "MODEL_ERROR"],
      ];
      for (const [reply, code] of cases) {
        await using models = await startScriptedModels({ script: [{ reply }] });
        await using registry = await openRegistry({ database, url: models.url });
        const ended = await registry.call(callOf(`final-${code}-${reply.code ?? ""}`));
        assert.equal(ended.kind === "failure" && ended.failure.code, code);
        assert.equal(models.requests.length, 1);
      }
    });

    it("keeps an answer that broke off in the ledger as perhaps paid, and asks again as a new try", async () => {
      await using models = await openFailing({ fault: "cut" });
      await using registry = await openRegistry({ database, url: models.url });
      const ended = await registry.call(callOf("cut"));
      assert.equal(ended.kind, "answer");
      assert.deepEqual(
        (await ledgerRows(database, "cut")).map(({ status }) => status),
        ["in_doubt", "answered"],
      );
    });

    it("fails TIMEOUT at the deadline, in doubt, and leaves the provider", async () => {
      await using models = await startScriptedModels({ script: [{ reply: { fault: "hang" } }] });
      await using registry = await openRegistry({ database, url: models.url });
      const ended = await registry.call(callOf("hang", { timeoutMs: 100 }));
      assert.ok(ended.kind === "failure");
      assert.equal(ended.failure.code, "TIMEOUT");
      assert.equal(ended.failure.inDoubt, true);
      await until(() => models.requests[0]?.outcome() === "left");
      assert.equal((await ledgerRows(database, "hang"))[0]?.status, "in_doubt");
    });

    it("goes on with the call of a caller who is gone, and answers him when he is back", async () => {
      await using models = await startScriptedModels({ delayMs: 150 });
      await using registry = await openRegistry({ database, url: models.url });
      const leaving = new AbortController();
      const lost = registry.call(callOf("reconnect"), leaving.signal);
      await until(() => models.requests.length === 1);
      leaving.abort();
      await assert.rejects(lost);
      const ended = await registry.call(callOf("reconnect"));
      assert.equal(ended.kind, "answer");
      assert.equal(models.requests.length, 1);
    });

    it("records what is under way before it stops", async () => {
      await using models = await startScriptedModels({ delayMs: 150 });
      {
        await using registry = await openRegistry({ database, url: models.url });
        registry.call(callOf("drain")).catch(() => undefined);
        await until(() => models.requests.length === 1);
      }
      assert.equal((await ledgerRows(database, "drain"))[0]?.status, "answered");
    });

    it("refuses a prompt that the model's window cannot hold, before the call", async () => {
      await using models = await startScriptedModels();
      await using registry = await openRegistry({ database, url: models.url });
      const content = "x".repeat(5_000);
      const ended = await registry.call(callOf("long", { messages: [{ role: "user", content }] }));
      assert.equal(ended.kind === "failure" && ended.failure.code, "MODEL_CONTEXT_EXCEEDED");
      assert.equal(models.requests.length, 0);
      assert.deepEqual(await ledgerRows(database, "long"), []);
    });

    it("goes on to the next of a list, and says why", async () => {
      const reply: Reply = { status: 401, code: "invalid_api_key" };
      await using models = await startScriptedModels({ script: [{ model: /^first$/, reply }] });
      const first = { ...MODEL, name: "first" };
      await using registry = await openRegistry({
        database,
        url: models.url,
        models: [first, MODEL],
      });
      const ended = await registry.call(callOf("list", { choice: { names: ["first", "m"] } }));
      assert.ok(ended.kind === "answer");
      assert.equal(ended.answer.model, "m");
      assert.match(ended.answer.choiceReason, /after scripted\/first: AUTHENTICATION; named m/);
    });

    it("says that a model has no price, instead of a price of nothing", async () => {
      await using models = await startScriptedModels();
      const unpriced = bareModel("scripted", "m");
      await using registry = await openRegistry({ database, url: models.url, models: [unpriced] });
      const ended = await registry.call(callOf("unpriced"));
      assert.equal(ended.kind === "answer" && ended.answer.costUnknown, true);
      assert.equal((await ledgerRows(database, "unpriced"))[0]?.costNanoUsd, undefined);
    });

    it("removes what is older than the retention", async () => {
      await using models = await startScriptedModels();
      {
        await using registry = await openRegistry({ database, url: models.url });
        await registry.call(callOf("old"));
      }
      await database.script(
        `update registry.model_call set started_at = now() - interval '31 days' where call_id = 'old'`,
      );
      await using registry = await openRegistry({ database, url: models.url });
      await registry.call(callOf("young"));
      await until(async () => (await ledgerRows(database, "old")).length === 0);
      assert.equal((await ledgerRows(database, "plain")).length, 1);
    });
  });
}

/** Scripted models that fail once. */
function openFailing(reply: Reply) {
  return startScriptedModels({ script: [{ times: 1, reply }] });
}

/** An intent whose process ends, or ended, its lease so long from now. */
async function leaveOpen(database: Database, callId: string, expiresIn: string): Promise<void> {
  await database.script(`
    with owner as (
      insert into registry.session (started_at, expires_at)
      values (now(), clock_timestamp() + interval '${expiresIn}') returning session_id
    )
    insert into registry.model_call (namespace, call_id, ordinal, session_id, status, provider, model, started_at)
    select 'default', '${callId}', 1, session_id, 'open', 'scripted', 'm', now() from owner;`);
}
