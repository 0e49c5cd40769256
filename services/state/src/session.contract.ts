import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { Assignment } from "./assignment.ts";
import { type Run, STATUS } from "./run.ts";
import {
  append,
  message,
  holdingHash,
  aMoment,
  LONG_MS,
  type StoresFixture,
} from "./stores-fixture.contract.ts";

/** Says what the statements about sessions and takeovers do. */
export function describeSessions(fixture: StoresFixture): void {
  describe("a session", () => {
    it("lives as long as it is heard of, and is dead for good once declared", async () => {
      const sessionId = await fixture.openSession();
      assert.equal(await fixture.sweeps.declareDead(sessionId), false);
      assert.equal((await fixture.sessions.beat([sessionId], LONG_MS)).length, 1);
      await fixture.expire(sessionId);
      assert.deepEqual(await fixture.sweeps.expired(), [sessionId]);
      assert.equal((await fixture.sessions.beat([sessionId], LONG_MS)).length, 1);
      assert.equal(await fixture.sweeps.declareDead(sessionId), false);
      await fixture.kill(sessionId);
      assert.deepEqual(await fixture.sessions.beat([sessionId], LONG_MS), []);
      assert.equal(await fixture.assignments.liveSession(sessionId), undefined);
    });

    it("is cut short when its stream ends, but not when it was heard of elsewhere", async () => {
      const sessionId = await fixture.openSession();
      const [beat] = await fixture.sessions.beat([sessionId], LONG_MS);
      assert.ok(beat);
      await fixture.sessions.beat([sessionId], LONG_MS);
      const limits = { expiresAtUs: beat.expiresAtUs, leaseMs: 0 };
      assert.equal(await fixture.sessions.shorten(sessionId, limits), "heard_elsewhere");
      const [newest] = await fixture.sessions.beat([sessionId], LONG_MS);
      assert.ok(newest);
      const now = { expiresAtUs: newest.expiresAtUs, leaseMs: 0 };
      assert.equal(await fixture.sessions.shorten(sessionId, now), "shortened");
      await aMoment();
      assert.deepEqual(await fixture.sweeps.expired(), [sessionId]);
    });

    it("hears how many runs it holds, and a hash over them", async () => {
      const { sessionId, run } = await fixture.held();
      const other = await fixture.held(sessionId);
      const [beat] = await fixture.sessions.beat([sessionId], LONG_MS);
      assert.equal(beat?.heldCount, 2);
      const expected = BigInt.asUintN(64, holdingHash(run) + holdingHash(other.run));
      assert.equal(beat?.heldHash, expected);
    });

    it("hands back what it holds when it is closed", async () => {
      const { sessionId, run } = await fixture.held();
      assert.equal(await fixture.sessions.close(sessionId), 1);
      const row = await fixture.statusOf(run);
      assert.deepEqual([row.status, row.epoch, row.takeovers], [STATUS.ready, 2, 0]);
      assert.deepEqual(await fixture.sessions.beat([sessionId], LONG_MS), []);
      assert.equal(await fixture.sessions.close(sessionId), 0);
    });

    it("gets a full lease when nobody may be judged", async () => {
      const sessionId = await fixture.openSession();
      await fixture.expire(sessionId);
      await fixture.sweeps.grantLeases(LONG_MS);
      assert.deepEqual(await fixture.sweeps.expired(), []);
      await fixture.sweeps.expireAll();
      assert.deepEqual(await fixture.sweeps.expired(), [sessionId]);
    });

    it("that was heard of just now keeps its time when leases are granted, so that the end of its stream still counts", async () => {
      const sessionId = await fixture.openSession();
      const [beat] = await fixture.sessions.beat([sessionId], LONG_MS);
      await fixture.sweeps.grantLeases(LONG_MS);
      const now = { expiresAtUs: beat?.expiresAtUs ?? 0, leaseMs: 0 };
      assert.equal(await fixture.sessions.shorten(sessionId, now), "shortened");
    });

    it("is listed while it lives, and later on request", async () => {
      const [first, second] = [await fixture.openSession(["a"]), await fixture.openSession()];
      await fixture.kill(first);
      await fixture.sweeps.settle();
      const page = { limit: 10, beforeSessionId: 0 };
      const live = await fixture.sessions.list({ ...page, includeDead: false });
      assert.deepEqual(
        live.map(({ sessionId }) => sessionId),
        [second],
      );
      const all = await fixture.sessions.list({ ...page, includeDead: true });
      assert.deepEqual(
        all.map(({ live, offers }) => [live, offers]),
        [
          [true, []],
          [false, ["a"]],
        ],
      );
    });
  });
  describe("a takeover", () => {
    it("makes the runs of the dead ready under a new epoch, and those of the living stay", async () => {
      const dead = await fixture.held();
      const alive = await fixture.held();
      await fixture.kill(dead.sessionId);
      assert.deepEqual(await fixture.sweeps.takeOver(), { ready: 1, quarantined: 0 });
      assert.deepEqual(await fixture.sweeps.takeOver(), { ready: 0, quarantined: 0 });
      const row = await fixture.statusOf(dead.run);
      assert.deepEqual([row.status, row.epoch, row.sessionId], [STATUS.ready, 2, 0]);
      assert.equal((await fixture.statusOf(alive.run)).status, STATUS.running);
    });

    it("is not held up by a dead session that keeps runs, and forgets one that has none", async () => {
      const { sessionId } = await fixture.held();
      await fixture.kill(sessionId);
      await fixture.sweeps.settle();
      assert.equal((await fixture.sweeps.look()).deadSessions, true);
      await fixture.sweeps.takeOver();
      await fixture.sweeps.settle();
      assert.equal((await fixture.sweeps.look()).deadSessions, false);
    });

    it("quarantines a run when its holders died three times and it came no further", async () => {
      await fixture.create();
      const die = async (kinds: readonly number[]): Promise<Run> => {
        const sessionId = await fixture.openSession();
        const [run] = await fixture.assignments.claim(sessionId, 1);
        assert.ok(run);
        const { lastSeq: fromSeq } = run;
        await fixture.verdictsOf([append(run, { sessionId, fromSeq, kinds })]);
        await fixture.kill(sessionId);
        await fixture.sweeps.takeOver();
        return fixture.statusOf(run);
      };
      // Kind 4 is a step's result; 2, 3, 12 and 13 are written by every holder.
      assert.equal((await die([2, 3])).takeovers, 1);
      assert.equal((await die([13, 12, 3, 4])).takeovers, 0);
      assert.equal((await die([13, 12, 3])).takeovers, 1);
      assert.equal((await die([13, 12, 3])).takeovers, 2);
      const row = await die([13, 12, 3]);
      assert.equal(row.status, STATUS.quarantined);
      const sessionId = await fixture.openSession();
      assert.deepEqual(await fixture.assignments.claim(sessionId, 1), []);
      await fixture.inbox.send(message(row, "cancel"));
      const woken = await fixture.statusOf(row);
      assert.deepEqual([woken.status, woken.takeovers], [STATUS.ready, 0]);
    });

    it("counts a run that its holder cannot run like one whose holder died, and one that is released not", async () => {
      await fixture.create();
      const sessionId = await fixture.openSession();
      const claimed = async (): Promise<Assignment> => {
        const [run] = await fixture.assignments.claim(sessionId, 1);
        assert.ok(run);
        return run;
      };
      for (const takeovers of [1, 2]) {
        const run = await claimed();
        const taken = await fixture.assignments.giveUp(sessionId, [run]);
        assert.deepEqual(taken, { ready: 1, quarantined: 0 });
        assert.equal((await fixture.statusOf(run)).takeovers, takeovers);
        await fixture.assignments.release(sessionId, [await claimed()]);
        assert.equal((await fixture.statusOf(run)).takeovers, takeovers);
      }
      const run = await claimed();
      const former = { ...run, epoch: run.epoch - 1 };
      assert.equal((await fixture.assignments.giveUp(sessionId, [former])).ready, 0);
      const last = await fixture.assignments.giveUp(sessionId, [run]);
      assert.deepEqual(last, { ready: 0, quarantined: 1 });
    });
  });
}
