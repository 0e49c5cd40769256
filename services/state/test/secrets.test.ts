import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe, it } from "node:test";

import { testDatabases } from "@orchestrator/postgres/testing";
import { fromWireError } from "@orchestrator/rpc";
import { readSettings } from "@orchestrator/service";

import { createRun, type Harness, NAMESPACE, openHarness } from "./harness.ts";
import { acked, assigned, openLink } from "./link-harness.ts";

const VALUE = "sk-value-of-a-secret";

function settingsWith(secretKey: string) {
  return readSettings({
    env: { ORCHESTRATOR_LOG_LEVEL: "fatal", ORCHESTRATOR_SECRET_KEY: secretKey },
  });
}

for (const driver of testDatabases()) {
  describe(`secrets of the state service on ${driver.name}`, () => {
    let harness: Harness;
    before(async () => {
      harness = await openHarness(driver, { settings: settingsWith("the first root key") });
    });
    after(() => harness[Symbol.asyncDispose]());

    const set = (name: string, init: { value?: string; requestId?: string } = {}) =>
      harness.state.setSecret({
        namespace: NAMESPACE,
        name,
        value: VALUE,
        requestId: randomUUID(),
        ...init,
      });
    const listed = async (namespace = NAMESPACE) => {
      const { secrets } = await harness.state.listSecrets({ namespace, limit: 1000 });
      return secrets.map(({ name }) => name);
    };

    it("stores a value as ciphertext only, and lists it by its name", async () => {
      const { secret } = await set("B_KEY");
      assert.deepEqual([secret?.name, secret?.readable], ["B_KEY", true]);
      await set("A_KEY");
      assert.deepEqual(await listed(), ["A_KEY", "B_KEY"]);
      assert.deepEqual(await listed("other"), []);
      const columns = await harness.db.query({
        name: "test_all_secrets",
        text: "select s::text from state.secret s",
        row: ([row]) => String(row),
      });
      assert.equal(columns.length, 2);
      for (const row of columns) {
        assert.ok(!row.includes(VALUE) && !row.includes(Buffer.from(VALUE).toString("hex")), row);
      }
    });

    it("does a request once, whatever comes of the secret meanwhile", async () => {
      const requestId = randomUUID();
      await set("ONCE", { value: "first", requestId });
      await set("ONCE", { value: "second" });
      await set("ONCE", { value: "first", requestId });
      await reasonOf(set("ONCE", { value: "other", requestId }), "REQUEST_ID_REUSED");
      assert.deepEqual(await revealed(harness, ["ONCE"]), { ONCE: "second" });
      const gone = { namespace: NAMESPACE, name: "ONCE", requestId: randomUUID() };
      await harness.state.deleteSecret(gone);
      await harness.state.deleteSecret(gone);
      assert.equal((await set("ONCE", { value: "first", requestId })).secret, undefined);
      assert.ok(!(await listed()).includes("ONCE"));
      await reasonOf(
        harness.state.deleteSecret({ ...gone, requestId: randomUUID() }),
        "SECRET_UNKNOWN",
      );
    });

    it("says which names of a document no secret has", async () => {
      await set("THERE");
      const names = ["GONE", "THERE", "AWAY"];
      const asked = await harness.state.findMissingSecrets({ namespace: NAMESPACE, names });
      assert.deepEqual(asked.missing, ["GONE", "AWAY"]);
      const elsewhere = await harness.state.findMissingSecrets({ namespace: "other", names });
      assert.deepEqual(elsewhere.missing, names);
    });

    it("gives values to whoever holds the run, and to nobody else", async () => {
      await set("MINE", { value: "mine" });
      const offers = [`secrets-${randomUUID()}`];
      await using link = await openLink(harness, { offers, credit: 1 });
      const { runId } = await createRun(harness, { requires: offers });
      const assign = await assigned(link);
      link.bind(1, assign);
      link.append({ handle: 1, fromSeq: 1 });
      await acked(link, 1, 2);
      const held = { sessionId: link.sessionId, runId, epoch: assign.epoch, names: ["MINE", "NO"] };
      const { values, unreadable } = await harness.links.revealSecrets(held);
      assert.deepEqual([values, unreadable], [{ MINE: "mine" }, []]);
      assert.deepEqual((await harness.links.revealSecrets({ ...held, names: ["NO"] })).values, {});
      for (const wrong of [
        { epoch: assign.epoch - 1 },
        { epoch: assign.epoch + 1 },
        { sessionId: link.sessionId + 1n },
        { runId: Buffer.alloc(16, 7) },
      ]) {
        await reasonOf(harness.links.revealSecrets({ ...held, ...wrong }), "RUN_NOT_HELD");
      }
    });

    it("gives a run the secrets of its own namespace only", async () => {
      await harness.state.setSecret({
        namespace: "other",
        name: "THEIRS",
        value: "theirs",
        requestId: randomUUID(),
      });
      assert.deepEqual(await revealed(harness, ["THEIRS"]), {});
    });

    it("stores and reads none without a key, and says what to set", async () => {
      await set("BEFORE");
      await using keyless = await harness.replica({
        settings: readSettings({ env: { ORCHESTRATOR_LOG_LEVEL: "fatal" } }),
      });
      const secret = { namespace: NAMESPACE, name: "X", value: "x", requestId: randomUUID() };
      const error = await reasonOf(keyless.state.setSecret(secret), "SECRET_KEY_MISSING");
      assert.match(error.message, /ORCHESTRATOR_SECRET_KEY/);
      await reasonOf(
        revealed({ ...harness, links: keyless.links }, ["BEFORE"]),
        "SECRET_KEY_MISSING",
      );
      assert.ok(!(await listed()).includes("X"));
    });

    it("says of a value under another key that it cannot be read, and takes a new one in its place", async () => {
      await set("ROTATED", { value: "old" });
      await using later = await harness.replica({ settings: settingsWith("the second root key") });
      const { secrets } = await later.state.listSecrets({
        namespace: NAMESPACE,
        limit: 1,
        afterName: "ROTATEC",
      });
      assert.deepEqual([secrets[0]?.name, secrets[0]?.readable], ["ROTATED", false]);
      assert.deepEqual(await revealed({ ...harness, links: later.links }, ["ROTATED"]), {});
      const secret = {
        namespace: NAMESPACE,
        name: "ROTATED",
        value: "new",
        requestId: randomUUID(),
      };
      await later.state.setSecret(secret);
      assert.deepEqual(await revealed({ ...harness, links: later.links }, ["ROTATED"]), {
        ROTATED: "new",
      });
    });

    it("keeps at most a thousand for a namespace, and lets those be changed", async () => {
      const namespace = `full-${randomUUID()}`;
      await harness.db.script(
        `insert into state.secret (namespace, name, key_id, nonce, ciphertext)
         select '${namespace}', 'S' || n, '', '', '' from generate_series(1, 1000) n`,
      );
      const secret = { namespace, name: "ONE_MORE", value: "x", requestId: randomUUID() };
      await reasonOf(harness.state.setSecret(secret), "TOO_MANY_SECRETS");
      await harness.state.setSecret({ ...secret, name: "S7" });
    });
  });
}

/** What a run of the tests' namespace is given. */
async function revealed(harness: Harness, names: string[]): Promise<Record<string, string>> {
  const offers = [`secrets-${randomUUID()}`];
  await using link = await openLink(harness, { offers, credit: 1 });
  const { runId } = await createRun(harness, { requires: offers });
  const { epoch } = await assigned(link);
  const held = { sessionId: link.sessionId, runId, epoch, names };
  return (await harness.links.revealSecrets(held)).values;
}

async function reasonOf(call: Promise<unknown>, reason: string) {
  const error = await call.then(
    () => assert.fail(`the call succeeded instead of failing with ${reason}`),
    (thrown: unknown) => fromWireError(thrown),
  );
  assert.equal(error.reason, reason, error.message);
  return error;
}
