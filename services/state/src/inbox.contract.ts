import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { keyOf, STATUS } from "./run.ts";
import {
  append,
  message,
  newRun,
  aMoment,
  NAMESPACE,
  LONG_MS,
  everything,
  type StoresFixture,
} from "./stores-fixture.contract.ts";

/** Says what the statements about messages, timers and reading do. */
export function describeMessages(fixture: StoresFixture): void {
  describe("a message", () => {
    it("is stored once for its key, also after it was consumed and after the run has ended", async () => {
      const { sessionId, run } = await fixture.held();
      assert.equal((await fixture.inbox.send(message(run, "k"))).kind, "stored");
      assert.equal((await fixture.inbox.send(message(run, "k"))).kind, "repeated");
      const ending = append(run, { sessionId, status: STATUS.cancelled, inboxSeq: 1 });
      await fixture.verdictsOf([ending]);
      assert.equal((await fixture.inbox.send(message(run, "k"))).kind, "repeated");
      assert.equal((await fixture.inbox.send(message(run, "other"))).kind, "run_ended");
      assert.equal((await fixture.statusOf(run)).inboxSeq, 1);
    });

    it("that comes twice at once is stored once", async () => {
      const { run } = await fixture.held();
      const sent = await Promise.all(
        Array.from({ length: 8 }, () => fixture.inbox.send(message(run, "k"))),
      );
      assert.equal(sent.filter(({ kind }) => kind === "stored").length, 1);
      assert.equal(sent.filter(({ kind }) => kind === "repeated").length, 7);
    });

    it("wakes a suspended run, and is read in order by its holder", async () => {
      const { sessionId, run } = await fixture.held();
      await fixture.verdictsOf([
        append(run, { sessionId, status: STATUS.suspended, wakeAfterMs: LONG_MS }),
      ]);
      assert.ok((await fixture.statusOf(run)).wakeAt);
      await fixture.inbox.send(message(run, "1"));
      await fixture.inbox.send(message(run, "2"));
      const row = await fixture.statusOf(run);
      assert.deepEqual([row.status, row.inboxSeq, row.wakeAt], [STATUS.ready, 2, undefined]);
      assert.equal(row.cancelRequested, true);
      const [again] = await fixture.assignments.claim(sessionId, 1);
      assert.equal(again?.inboxSeq, 2);
      const read = await fixture.inbox.read([{ runId: run.runId, afterSeq: 0 }]);
      assert.deepEqual(
        read.map(({ message: { inboxSeq } }) => inboxSeq),
        [1, 2],
      );
      assert.deepEqual(await fixture.inbox.heads([sessionId]), [{ runId: run.runId, inboxSeq: 2 }]);
    });

    it("to a run of another namespace finds no run", async () => {
      const { run } = await fixture.held();
      const foreign = { ...message(run, "k"), namespace: "other" };
      assert.deepEqual(await fixture.inbox.send(foreign), { kind: "unknown_run" });
    });
  });
  describe("a timer", () => {
    it("wakes a run when its time has come, and not before", async () => {
      const { sessionId, run } = await fixture.held();
      const later = await fixture.held(sessionId);
      const suspended = { sessionId, status: STATUS.suspended };
      await fixture.verdictsOf([append(run, { ...suspended, wakeAfterMs: 1 })]);
      await fixture.verdictsOf([append(later.run, { ...suspended, wakeAfterMs: LONG_MS })]);
      await aMoment();
      const { nowUs, nextWakeUs } = await fixture.sweeps.look();
      assert.ok(nextWakeUs !== undefined && nextWakeUs <= nowUs);
      assert.equal(await fixture.sweeps.wakeDue(), 1);
      assert.equal((await fixture.statusOf(run)).status, STATUS.ready);
      assert.equal((await fixture.statusOf(later.run)).status, STATUS.suspended);
      assert.equal((await fixture.sweeps.queue()).depth, 1);
    });
  });
  describe("reading", () => {
    it("ends a page at its bytes, but gives at least one event", async () => {
      const { sessionId, run } = await fixture.held();
      await fixture.verdictsOf([append(run, { sessionId, events: 5, payloadBytes: 100 })]);
      const small = { runId: run.runId, afterSeq: 1, limit: 10, maxBytes: 150 };
      assert.deepEqual(
        (await fixture.runs.events(small)).map(({ seq }) => seq),
        [2, 3],
      );
      const tiny = { ...small, maxBytes: 1, afterSeq: 3 };
      assert.deepEqual(
        (await fixture.runs.events(tiny)).map(({ seq }) => seq),
        [4],
      );
    });

    it("lists runs of one namespace, the newest first, by status, pipeline and labels", async () => {
      const runs = await fixture.create([
        { labels: { a: "1" } },
        { pipeline: "p2" },
        { labels: { a: "1", b: "2" } },
      ]);
      await fixture.creations.create([newRun({ namespace: "other", planVersion: 9 })]);
      const list = async (query: object): Promise<string[]> =>
        (await fixture.runs.list({ ...everything, namespace: NAMESPACE, ...query })).map(
          ({ runId }) => keyOf(runId),
        );
      const keys = runs.map(({ runId }) => keyOf(runId));
      assert.deepEqual(await list({}), keys.toReversed());
      assert.deepEqual(await list({ labels: { a: "1" } }), [keys[2], keys[0]]);
      assert.deepEqual(await list({ pipeline: "p2" }), [keys[1]]);
      assert.deepEqual(await list({ beforeRunId: runs[2]?.runId, limit: 1 }), [keys[1]]);
      assert.deepEqual(await list({ statuses: [STATUS.completed] }), []);
      assert.deepEqual(await list({ statuses: [STATUS.ready, STATUS.failed] }), keys.toReversed());
    });

    it("keeps the newest fold of a version, and none of events that are not there", async () => {
      const { sessionId, run } = await fixture.held();
      await fixture.verdictsOf([append(run, { sessionId, events: 4 })]);
      await fixture.runs.put(run.runId, fold(4));
      await fixture.runs.put(run.runId, fold(3));
      await fixture.runs.put(run.runId, fold(9));
      assert.equal((await fixture.runs.get(run.runId, 1))?.uptoSeq, 4);
      assert.equal(await fixture.runs.get(run.runId, 2), undefined);
    });
  });
}

function fold(uptoSeq: number) {
  return { uptoSeq, version: 1, fold: Buffer.from([uptoSeq]) };
}
