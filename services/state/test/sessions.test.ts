import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { after, before, describe, it } from "node:test";

import { Code, ConnectError } from "@connectrpc/connect";
import { testDatabases } from "@orchestrator/postgres/testing";
import { RunState } from "@orchestrator/proto/state/v1/state_pb";
import { createOutbox } from "@orchestrator/rpc-node";

import {
  createRun,
  createRuns,
  DOCUMENT,
  eventually,
  type Harness,
  openHarness,
} from "./harness.ts";
import { acked, assigned, openLink } from "./link-harness.ts";

for (const driver of testDatabases()) {
  describe(`sessions of the state service on ${driver.name}`, () => {
    let harness: Harness;
    before(async () => {
      harness = await openHarness(driver);
    });
    after(() => harness[Symbol.asyncDispose]());

    const runOf = async (runId: Uint8Array) => {
      const { run } = await harness.state.getRun({ runId });
      assert.ok(run);
      return run;
    };
    const stateOf = async (runId: Uint8Array) => (await runOf(runId)).state;

    it("declares a session dead soon after its heartbeats end, and lets others take its runs", async () => {
      const offers = ["death"];
      const link = await openLink(harness, { offers, credit: 1 });
      const { runId } = await createRun(harness, { requires: offers });
      const assign = await assigned(link);
      link.bind(1, assign);
      link.append({ handle: 1, fromSeq: 1 });
      await acked(link, 1, 2);
      const beats = createOutbox<object>();
      const answers = harness.links.heartbeat(beats)[Symbol.asyncIterator]();
      const held = { heldCount: 1, heldHash: holdingHash(assign) };
      beats.push({ sessionId: link.sessionId, beat: 1n, ...held });
      const first = await answers.next();
      assert.deepEqual([first.value?.live, first.value?.reconcile], [true, false]);
      await link[Symbol.asyncDispose]();
      beats.end();
      assert.equal((await answers.next()).done, true);
      await using other = await openLink(harness, { offers, credit: 1 });
      const taken = await assigned(other);
      assert.deepEqual([taken.runId, taken.epoch, taken.lastSeq], [runId, 3, 2]);
      const dead = createOutbox<object>();
      dead.push({ sessionId: link.sessionId, beat: 1n });
      for await (const { live } of harness.links.heartbeat(dead)) {
        assert.equal(live, false);
        dead.end();
      }
      await assert.rejects(
        openLink(harness, { sessionId: link.sessionId }).then((zombie) => assigned(zombie)),
        hasCode(Code.FailedPrecondition),
      );
    });

    it("asks for what an executor holds when the sides differ, and sets both right", async () => {
      const offers = ["reconcile"];
      await using link = await openLink(harness, { offers, credit: 2 });
      const runs = await createRuns(harness, [{ requires: offers }, { requires: offers }]);
      const assigns = [await assigned(link, 0), await assigned(link, 1)];
      assigns.forEach((assign, index) => link.bind(index + 1, assign));
      link.append({ handle: 1, fromSeq: 1 }, { handle: 2, fromSeq: 1 });
      await acked(link, 2, 2);
      const beats = createOutbox<object>();
      const answers = harness.links.heartbeat(beats)[Symbol.asyncIterator]();
      const ask = async (beat: bigint) => {
        beats.push({ sessionId: link.sessionId, beat, heldCount: 0, heldHash: 0n });
        return (await answers.next()).value?.reconcile;
      };
      assert.deepEqual([await ask(1n), await ask(2n)], [false, true]);
      const foreign = { runId: randomBytes(16), epoch: 4 };
      const [, kept] = assigns;
      assert.ok(kept);
      const held = { runIds: [kept.runId, foreign.runId], epochs: [kept.epoch, foreign.epoch] };
      link.work({ held });
      const revoked = await link.until((heard) => heard.flatMap((each) => each.revoked)[0]);
      assert.deepEqual([revoked.runId, revoked.epoch], [foreign.runId, 4]);
      link.work({ held });
      const again = await assigned(link, 2);
      assert.deepEqual([again.runId, again.epoch, again.lastSeq], [assigns[0]?.runId, 1, 2]);
      beats.end();
      assert.equal(runs.length, 2);
    });

    it("hands back what a session holds when it is closed or gives it back", async () => {
      const offers = ["handback"];
      await using link = await openLink(harness, { offers, credit: 2 });
      const runs = await createRuns(harness, [{ requires: offers }, { requires: offers }]);
      link.bind(1, await assigned(link, 0));
      link.bind(2, await assigned(link, 1));
      link.work({ released: [1] });
      const released = await eventually(async () => {
        const states = await Promise.all(runs.map(({ run }) => runOf(run?.runId ?? DOCUMENT)));
        return states.find(({ state }) => state === RunState.READY);
      });
      assert.equal(released.epoch, 2);
      const { releasedRuns } = await harness.links.closeSession({ sessionId: link.sessionId });
      assert.equal(releasedRuns, 1);
      const { sessions } = await harness.state.listSessions({ limit: 100 });
      assert.ok(!sessions.some(({ sessionId }) => sessionId === link.sessionId));
    });

    it("tells executors to go elsewhere before it ends, and keeps their sessions alive", async () => {
      const ending = await harness.replica({ drainMs: 2_000 });
      const offers = ["drain"];
      await using link = await openLink(ending, { offers, credit: 1 });
      const run = await createRun(ending, { requires: offers });
      const assign = await assigned(link);
      link.bind(1, assign);
      link.append({ handle: 1, fromSeq: 1 });
      await acked(link, 1, 2);
      const ended = ending[Symbol.asyncDispose]();
      assert.equal(
        await link.until((heard) => heard.find(({ draining }) => draining)?.draining),
        true,
      );
      await using moved = await openLink(harness, { sessionId: link.sessionId });
      moved.bind(1, { ...assign, lastSeq: 2 });
      moved.append({ handle: 1, fromSeq: 2, state: RunState.COMPLETED });
      await acked(moved, 1, 3);
      await ended;
      assert.equal(await stateOf(run.runId), RunState.COMPLETED);
    });
  });
}

function hasCode(code: Code) {
  return (error: unknown): boolean => {
    assert.equal(ConnectError.from(error).code, code);
    return true;
  };
}

function holdingHash({ runId, epoch }: { runId: Uint8Array; epoch: number }): bigint {
  const bytes = Buffer.alloc(20);
  bytes.set(runId);
  bytes.writeUInt32BE(epoch, 16);
  return createHash("sha256").update(bytes).digest().readBigUInt64BE();
}
