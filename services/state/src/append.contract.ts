import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { STATUS } from "./run.ts";
import { append, message, page, type StoresFixture } from "./stores-fixture.contract.ts";

/** Says what the statements about appends do. */
export function describeAppends(fixture: StoresFixture): void {
  describe("an append", () => {
    it("is committed by the holder at the head, and its events are there in order", async () => {
      const { sessionId, run } = await fixture.held();
      const appended = append(run, { sessionId, events: 2 });
      assert.deepEqual(await fixture.verdictsOf([appended]), ["committed"]);
      const events = await fixture.runs.events({ ...page, runId: run.runId });
      assert.deepEqual(
        events.map(({ seq }) => seq),
        [1, 2, 3],
      );
      assert.equal((await fixture.statusOf(run)).lastSeq, 3);
    });

    it("is refused as stale under another session or an older epoch (I2)", async () => {
      const { sessionId, run } = await fixture.held();
      const other = await fixture.openSession();
      assert.deepEqual(await fixture.verdictsOf([append(run, { sessionId: other })]), ["stale"]);
      await fixture.assignments.release(sessionId, [run]);
      const [again] = await fixture.assignments.claim(sessionId, 1);
      assert.equal(again?.epoch, run.epoch + 2);
      assert.deepEqual(await fixture.verdictsOf([append(run, { sessionId })]), ["stale"]);
      assert.ok(again);
      assert.deepEqual(await fixture.verdictsOf([append(again, { sessionId })]), ["committed"]);
    });

    it("is refused when events before it are missing, or others stand in its place (I3)", async () => {
      const { sessionId, run } = await fixture.held();
      const early = append(run, { sessionId, fromSeq: 5 });
      assert.deepEqual(await fixture.verdictsOf([early]), ["gap"]);
      await fixture.verdictsOf([append(run, { sessionId, digest: 1n })]);
      const rival = append(run, { sessionId, digest: 2n });
      assert.deepEqual(await fixture.verdictsOf([rival]), ["conflict"]);
    });

    it("that comes again is recognised by its digest, whoever holds the run by then", async () => {
      const { sessionId, run } = await fixture.held();
      const appended = append(run, { sessionId, events: 3 });
      assert.deepEqual(await fixture.verdictsOf([appended]), ["committed"]);
      assert.deepEqual(await fixture.verdictsOf([appended]), ["duplicate"]);
      await fixture.kill(sessionId);
      await fixture.sweeps.takeOver();
      assert.deepEqual(await fixture.verdictsOf([appended]), ["duplicate"]);
      const events = await fixture.runs.events({ ...page, runId: run.runId });
      assert.equal(events.length, 4);
    });

    it("of one event follows the same rules in its own statement as in a batch", async () => {
      const one = await fixture.held();
      const two = await fixture.held(one.sessionId);
      const { sessionId } = one;
      const good = append(one.run, { sessionId });
      const stale = { ...append(two.run, { sessionId }), epoch: 9 };
      assert.deepEqual(await fixture.verdictsOf([good, stale]), ["committed", "stale"]);
      assert.deepEqual(await fixture.verdictsOf([stale]), ["stale"]);
      assert.deepEqual(await fixture.verdictsOf([good]), ["duplicate"]);
      const next = append(one.run, { sessionId, fromSeq: 2, status: STATUS.completed });
      assert.deepEqual(await fixture.verdictsOf([next]), ["committed"]);
      assert.equal((await fixture.statusOf(one.run)).status, STATUS.completed);
    });

    it("that suspends or ends the run is refused while a message is unread, one that goes on is not", async () => {
      const { sessionId, run } = await fixture.held();
      await fixture.inbox.send(message(run, "m1"));
      const suspending = append(run, { sessionId, status: STATUS.suspended });
      assert.deepEqual(await fixture.verdictsOf([suspending]), ["inbox_ahead"]);
      const ending = append(run, { sessionId, status: STATUS.completed, events: 2 });
      assert.deepEqual(await fixture.verdictsOf([ending]), ["inbox_ahead"]);
      assert.deepEqual(await fixture.verdictsOf([append(run, { sessionId })]), ["committed"]);
      const seen = append(run, { sessionId, fromSeq: 2, status: STATUS.cancelled, inboxSeq: 1 });
      assert.deepEqual(await fixture.verdictsOf([seen]), ["committed"]);
    });

    it("to a run that is not there says so", async () => {
      const { sessionId, run } = await fixture.held();
      const lost = { ...append(run, { sessionId }), runId: Buffer.alloc(16, 1) };
      assert.deepEqual(await fixture.verdictsOf([lost]), ["unknown_run"]);
    });

    it("in a batch stands for itself: the others are committed whatever becomes of it", async () => {
      const sessionId = await fixture.openSession();
      await fixture.create(Array.from({ length: 50 }, () => ({})));
      const runs = await fixture.assignments.claim(sessionId, 50);
      const batch = runs.map((run, index) =>
        append(run, { sessionId, events: 1 + (index % 3), fromSeq: index % 10 === 0 ? 7 : 1 }),
      );
      const verdicts = await fixture.verdictsOf(batch);
      const gaps = batch.filter(({ fromSeq }) => fromSeq === 7).length;
      assert.equal(verdicts.filter((verdict) => verdict === "gap").length, gaps);
      assert.equal(verdicts.filter((verdict) => verdict === "committed").length, 50 - gaps);
    });
  });
}
