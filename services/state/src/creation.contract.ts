import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, it } from "node:test";

import { keyOf, STATUS } from "./run.ts";
import {
  append,
  newRun,
  NAMESPACE,
  HASH,
  everything,
  type StoresFixture,
} from "./stores-fixture.contract.ts";

/** Says what the statements about creations and claims do. */
export function describeCreations(fixture: StoresFixture): void {
  describe("a creation", () => {
    it("that comes again makes no second run, whatever the batch", async () => {
      const [first, second] = [newRun({ requestId: "same" }), newRun({ requestId: "same" })];
      assert.ok(first && second);
      const created = await fixture.creations.create([first, second]);
      assert.ok(created.kind === "done");
      assert.deepEqual(created.notCreated.map(keyOf), [keyOf(second.runId)]);
      const again = await fixture.creations.create([second]);
      assert.ok(again.kind === "done");
      assert.deepEqual(again.notCreated.map(keyOf), [keyOf(second.runId)]);
      const earlier = await fixture.creations.earlier([second]);
      assert.ok(earlier.kind === "done");
      assert.deepEqual(
        earlier.runs.map(({ run }) => keyOf(run.runId)),
        [keyOf(first.runId)],
      );
      const listed = await fixture.runs.list({ ...everything, namespace: NAMESPACE });
      assert.equal(listed.length, 1);
    });

    it("without its plan stores nothing", async () => {
      const created = await fixture.creations.create([newRun({ planVersion: 9 })]);
      assert.ok(created.kind === "done");
      assert.equal(created.notCreated.length, 1);
      const earlier = await fixture.creations.earlier([newRun()]);
      assert.deepEqual(earlier, { kind: "done", runs: [] });
    });

    it("goes to its session only while that lives", async () => {
      const live = await fixture.openSession();
      const dead = await fixture.openSession();
      await fixture.kill(dead);
      const runs = [newRun({ sessionId: live }), newRun({ sessionId: dead })];
      const created = await fixture.creations.create(runs);
      assert.ok(created.kind === "done");
      assert.deepEqual(
        created.notAssigned.map(keyOf),
        runs.slice(1).map(({ runId }) => keyOf(runId)),
      );
      const states = await Promise.all(runs.map((each) => fixture.statusOf(each)));
      assert.deepEqual(
        states.map(({ status }) => status),
        [STATUS.running, STATUS.ready],
      );
      assert.deepEqual(
        states.map(({ epoch }) => epoch),
        [1, 0],
      );
    });
  });
  describe("a claim", () => {
    it("gives nothing to a dead session", async () => {
      const sessionId = await fixture.openSession();
      await fixture.create();
      await fixture.kill(sessionId);
      assert.deepEqual(await fixture.assignments.claim(sessionId, 1), []);
    });

    it("gives each run once, the most urgent first and then the oldest", async () => {
      const [one, other] = [await fixture.openSession(), await fixture.openSession()];
      await fixture.create([{}, { priority: 5 }, {}]);
      const first = await fixture.assignments.claim(one, 2);
      const rest = await fixture.assignments.claim(other, 2);
      assert.equal(first.length + rest.length, 3);
      assert.equal((await fixture.statusOf(first[0] ?? { runId: HASH })).status, STATUS.running);
      const priorities = await Promise.all(first.map((each) => fixture.statusOf(each)));
      assert.ok(priorities.some(({ priority }) => priority === 5));
    });

    it("gives only what the session offers, and says what nobody offers", async () => {
      const plain = await fixture.openSession(["plan:1"]);
      const able = await fixture.openSession(["plan:1", "tool:x"]);
      await fixture.create([{ requires: ["plan:1", "tool:x"] }]);
      assert.deepEqual(await fixture.assignments.claim(plain, 5), []);
      assert.deepEqual(await fixture.runs.unmet(["plan:1", "tool:x"]), []);
      assert.deepEqual(await fixture.runs.unmet(["tool:y", 'quo"te\\']), ["tool:y", 'quo"te\\']);
      assert.equal((await fixture.assignments.claim(able, 5)).length, 1);
    });

    it("by name gives only what was named", async () => {
      const sessionId = await fixture.openSession();
      const runs = await fixture.create([{}, {}]);
      const wanted = { runIds: runs.slice(1).map(({ runId }) => runId), limit: 5 };
      const claimed = await fixture.assignments.claimNamed(sessionId, wanted);
      assert.deepEqual(
        claimed.map(({ runId }) => keyOf(runId)),
        wanted.runIds.map(keyOf),
      );
    });

    it("carries the first event's payload while there is no other, from a blob too", async () => {
      const sessionId = await fixture.openSession();
      const payload = randomBytes(3_000_000);
      const run = newRun({ createdPayload: payload, payloadHash: HASH });
      const upload = await fixture.blobs.begin();
      for (const [ordinal, at] of [0, 1 << 20, 2 << 20].entries()) {
        const bytes = payload.subarray(at, at + (1 << 20));
        await fixture.blobs.addPart(upload, { ordinal, bytes });
      }
      const blob = { upload, size: payload.length, mediaType: "" };
      await fixture.blobs.finish({ namespace: NAMESPACE, hash: HASH }, blob);
      await fixture.creations.create([run]);
      const [claimed] = await fixture.assignments.claim(sessionId, 1);
      assert.ok(claimed?.createdPayload);
      assert.equal(Buffer.compare(claimed.createdPayload, payload), 0);
      await fixture.verdictsOf([append(claimed, { sessionId })]);
      const [again] = await fixture.assignments.assignments(sessionId, [claimed.runId]);
      assert.equal(again?.createdPayload, undefined);
    });

    it("that was not taken up is taken back, unless the run has gone on", async () => {
      const { sessionId, run } = await fixture.held();
      const other = await fixture.held(sessionId);
      await fixture.verdictsOf([append(other.run, { sessionId })]);
      const taken = await fixture.assignments.takeBack(sessionId, [run, other.run]);
      assert.deepEqual(taken.map(keyOf), [keyOf(run.runId)]);
      const row = await fixture.statusOf(run);
      assert.deepEqual([row.status, row.epoch, row.sessionId], [STATUS.ready, 2, 0]);
    });
  });
}
