import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { after, before, beforeEach, describe, it } from "node:test";

import type { Database } from "@orchestrator/postgres";

import type { Append, AppendEvent, Entry } from "./append.ts";
import type { Assignment } from "./assignment.ts";
import type { NewRun } from "./creation.ts";
import { PostgresAppendStore } from "./postgres-append-store.ts";
import { PostgresAssignmentStore } from "./postgres-assignment-store.ts";
import { PostgresBlobStore } from "./postgres-blob-store.ts";
import { PostgresCreationStore } from "./postgres-creation-store.ts";
import { PostgresDefinitionStore } from "./postgres-definition-store.ts";
import { PostgresInboxStore } from "./postgres-inbox-store.ts";
import { PostgresRunReader } from "./postgres-run-reader.ts";
import { PostgresSessionStore } from "./postgres-session-store.ts";
import { PostgresSweepStore } from "./postgres-sweep-store.ts";
import { createRunIdSource } from "./run-id-source.ts";
import { keyOf, type Run, type Status, STATUS } from "./run.ts";
import { LANE_SETTINGS } from "./sql/lane-settings.ts";

const NAMESPACE = "contract";
const HASH = Buffer.alloc(32, 7);
const TABLES = `state.run, state.run_event, state.inbox, state.idempotency, state.session, state.session_beat,
  state.run_snapshot, state.blob, state.blob_part, state.blob_upload`;
const LONG_MS = 60_000;

/** Says what the statements of the state service do, whatever PostgreSQL runs them. */
export function describeStores(
  name: string,
  open: () => Promise<{ readonly db: Database } & AsyncDisposable>,
): void {
  describe(`the stores on ${name}`, () => {
    let stores: Stores;
    let database: Awaited<ReturnType<typeof open>>;

    before(async () => {
      database = await open();
      stores = openStores(database.db);
      await stores.definitions.put({
        namespace: NAMESPACE,
        documentHash: HASH,
        source: "",
        bundle: [],
        planVersion: 1,
        plan: Buffer.from("{}"),
      });
    });
    after(async () => {
      await stores.close();
      await database[Symbol.asyncDispose]();
    });
    beforeEach(() => database.db.script(`truncate ${TABLES}`));

    const statusOf = async (run: { runId: Uint8Array }): Promise<Run> => {
      const found = await stores.runs.run(run.runId, "");
      assert.ok(found);
      return found;
    };
    const openSession = (offers: readonly string[] = []): Promise<number> =>
      stores.sessions.open({ executor: "contract", offers, capacity: 10 }, LONG_MS);
    const held = async (sessionId?: number): Promise<{ sessionId: number; run: Assignment }> => {
      const session = sessionId ?? (await openSession());
      await create(stores);
      const [run] = await stores.assignments.claim(session, 1);
      assert.ok(run);
      return { sessionId: session, run };
    };
    const expire = (sessionId: number): Promise<void> =>
      database.db.script(
        `update state.session_beat set expires_at = now() - interval '1 second' where session_id = ${sessionId}`,
      );
    const kill = async (sessionId: number): Promise<void> => {
      await expire(sessionId);
      assert.equal(await stores.sweeps.declareDead(sessionId), true);
    };

    describe("an append", () => {
      it("is committed by the holder at the head, and its events are there in order", async () => {
        const { sessionId, run } = await held();
        const appended = append(run, { sessionId, events: 2 });
        assert.deepEqual(await verdictsOf(stores, [appended]), ["committed"]);
        const events = await stores.runs.events({ ...page, runId: run.runId });
        assert.deepEqual(
          events.map(({ seq }) => seq),
          [1, 2, 3],
        );
        assert.equal((await statusOf(run)).lastSeq, 3);
      });

      it("is refused as stale under another session or an older epoch (I2)", async () => {
        const { sessionId, run } = await held();
        const other = await openSession();
        assert.deepEqual(await verdictsOf(stores, [append(run, { sessionId: other })]), ["stale"]);
        await stores.assignments.release(sessionId, [run]);
        const [again] = await stores.assignments.claim(sessionId, 1);
        assert.equal(again?.epoch, run.epoch + 2);
        assert.deepEqual(await verdictsOf(stores, [append(run, { sessionId })]), ["stale"]);
        assert.ok(again);
        assert.deepEqual(await verdictsOf(stores, [append(again, { sessionId })]), ["committed"]);
      });

      it("is refused when events before it are missing, or others stand in its place (I3)", async () => {
        const { sessionId, run } = await held();
        const early = append(run, { sessionId, fromSeq: 5 });
        assert.deepEqual(await verdictsOf(stores, [early]), ["gap"]);
        await verdictsOf(stores, [append(run, { sessionId, digest: 1n })]);
        const rival = append(run, { sessionId, digest: 2n });
        assert.deepEqual(await verdictsOf(stores, [rival]), ["conflict"]);
      });

      it("that comes again is recognised by its digest, whoever holds the run by then", async () => {
        const { sessionId, run } = await held();
        const appended = append(run, { sessionId, events: 3 });
        assert.deepEqual(await verdictsOf(stores, [appended]), ["committed"]);
        assert.deepEqual(await verdictsOf(stores, [appended]), ["duplicate"]);
        await kill(sessionId);
        await stores.sweeps.takeOver();
        assert.deepEqual(await verdictsOf(stores, [appended]), ["duplicate"]);
        const events = await stores.runs.events({ ...page, runId: run.runId });
        assert.equal(events.length, 4);
      });

      it("of one event follows the same rules in its own statement as in a batch", async () => {
        const one = await held();
        const two = await held(one.sessionId);
        const { sessionId } = one;
        const good = append(one.run, { sessionId });
        const stale = { ...append(two.run, { sessionId }), epoch: 9 };
        assert.deepEqual(await verdictsOf(stores, [good, stale]), ["committed", "stale"]);
        assert.deepEqual(await verdictsOf(stores, [stale]), ["stale"]);
        assert.deepEqual(await verdictsOf(stores, [good]), ["duplicate"]);
        const next = append(one.run, { sessionId, fromSeq: 2, status: STATUS.completed });
        assert.deepEqual(await verdictsOf(stores, [next]), ["committed"]);
        assert.equal((await statusOf(one.run)).status, STATUS.completed);
      });

      it("that suspends or ends the run is refused while a message is unread, one that goes on is not", async () => {
        const { sessionId, run } = await held();
        await stores.inbox.send(message(run, "m1"));
        const suspending = append(run, { sessionId, status: STATUS.suspended });
        assert.deepEqual(await verdictsOf(stores, [suspending]), ["inbox_ahead"]);
        const ending = append(run, { sessionId, status: STATUS.completed, events: 2 });
        assert.deepEqual(await verdictsOf(stores, [ending]), ["inbox_ahead"]);
        assert.deepEqual(await verdictsOf(stores, [append(run, { sessionId })]), ["committed"]);
        const seen = append(run, { sessionId, fromSeq: 2, status: STATUS.cancelled, inboxSeq: 1 });
        assert.deepEqual(await verdictsOf(stores, [seen]), ["committed"]);
      });

      it("to a run that is not there says so", async () => {
        const { sessionId, run } = await held();
        const lost = { ...append(run, { sessionId }), runId: Buffer.alloc(16, 1) };
        assert.deepEqual(await verdictsOf(stores, [lost]), ["unknown_run"]);
      });

      it("in a batch stands for itself: the others are committed whatever becomes of it", async () => {
        const sessionId = await openSession();
        await create(
          stores,
          Array.from({ length: 50 }, () => ({})),
        );
        const runs = await stores.assignments.claim(sessionId, 50);
        const batch = runs.map((run, index) =>
          append(run, { sessionId, events: 1 + (index % 3), fromSeq: index % 10 === 0 ? 7 : 1 }),
        );
        const verdicts = await verdictsOf(stores, batch);
        const gaps = batch.filter(({ fromSeq }) => fromSeq === 7).length;
        assert.equal(verdicts.filter((verdict) => verdict === "gap").length, gaps);
        assert.equal(verdicts.filter((verdict) => verdict === "committed").length, 50 - gaps);
      });
    });

    describe("a creation", () => {
      it("that comes again makes no second run, whatever the batch", async () => {
        const [first, second] = [newRun(), newRun()].map((run) => ({ ...run, requestId: "same" }));
        assert.ok(first && second);
        const created = await stores.creations.create([first, second]);
        assert.ok(created.kind === "done");
        assert.deepEqual(created.notCreated.map(keyOf), [keyOf(second.runId)]);
        const again = await stores.creations.create([second]);
        assert.ok(again.kind === "done");
        assert.deepEqual(again.notCreated.map(keyOf), [keyOf(second.runId)]);
        const earlier = await stores.creations.earlier([second]);
        assert.ok(earlier.kind === "done");
        assert.deepEqual(
          earlier.runs.map(({ run }) => keyOf(run.runId)),
          [keyOf(first.runId)],
        );
        const listed = await stores.runs.list({ ...everything, namespace: NAMESPACE });
        assert.equal(listed.length, 1);
      });

      it("without its plan stores nothing", async () => {
        const created = await stores.creations.create([newRun({ planVersion: 9 })]);
        assert.ok(created.kind === "done");
        assert.equal(created.notCreated.length, 1);
        const earlier = await stores.creations.earlier([newRun()]);
        assert.deepEqual(earlier, { kind: "done", runs: [] });
      });

      it("goes to its session only while that lives", async () => {
        const live = await openSession();
        const dead = await openSession();
        await kill(dead);
        const runs = [newRun({ sessionId: live }), newRun({ sessionId: dead })];
        const created = await stores.creations.create(runs);
        assert.ok(created.kind === "done");
        assert.deepEqual(
          created.notAssigned.map(keyOf),
          runs.slice(1).map(({ runId }) => keyOf(runId)),
        );
        const states = await Promise.all(runs.map(statusOf));
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
        const sessionId = await openSession();
        await create(stores);
        await kill(sessionId);
        assert.deepEqual(await stores.assignments.claim(sessionId, 1), []);
      });

      it("gives each run once, the most urgent first and then the oldest", async () => {
        const [one, other] = [await openSession(), await openSession()];
        await create(stores, [{}, { priority: 5 }, {}]);
        const first = await stores.assignments.claim(one, 2);
        const rest = await stores.assignments.claim(other, 2);
        assert.equal(first.length + rest.length, 3);
        assert.equal((await statusOf(first[0] ?? { runId: HASH })).status, STATUS.running);
        const priorities = await Promise.all(first.map(statusOf));
        assert.ok(priorities.some(({ priority }) => priority === 5));
      });

      it("gives only what the session offers, and says what nobody offers", async () => {
        const plain = await openSession(["plan:1"]);
        const able = await openSession(["plan:1", "tool:x"]);
        await create(stores, [{ requires: ["plan:1", "tool:x"] }]);
        assert.deepEqual(await stores.assignments.claim(plain, 5), []);
        assert.deepEqual(await stores.runs.unmet(["plan:1", "tool:x"]), []);
        assert.deepEqual(await stores.runs.unmet(["tool:y", 'quo"te\\']), ["tool:y", 'quo"te\\']);
        assert.equal((await stores.assignments.claim(able, 5)).length, 1);
      });

      it("by name gives only what was named", async () => {
        const sessionId = await openSession();
        const runs = await create(stores, [{}, {}]);
        const wanted = { runIds: runs.slice(1).map(({ runId }) => runId), limit: 5 };
        const claimed = await stores.assignments.claimNamed(sessionId, wanted);
        assert.deepEqual(
          claimed.map(({ runId }) => keyOf(runId)),
          wanted.runIds.map(keyOf),
        );
      });

      it("carries the first event's payload while there is no other, from a blob too", async () => {
        const sessionId = await openSession();
        const payload = randomBytes(3_000_000);
        const run = newRun({ createdPayload: payload, payloadHash: HASH });
        const upload = await stores.blobs.begin();
        for (const [ordinal, at] of [0, 1 << 20, 2 << 20].entries()) {
          const bytes = payload.subarray(at, at + (1 << 20));
          await stores.blobs.addPart(upload, { ordinal, bytes });
        }
        const blob = { upload, size: payload.length, mediaType: "" };
        await stores.blobs.finish({ namespace: NAMESPACE, hash: HASH }, blob);
        await stores.creations.create([run]);
        const [claimed] = await stores.assignments.claim(sessionId, 1);
        assert.ok(claimed?.createdPayload);
        assert.equal(Buffer.compare(claimed.createdPayload, payload), 0);
        await verdictsOf(stores, [append(claimed, { sessionId })]);
        const [again] = await stores.assignments.assignments(sessionId, [claimed.runId]);
        assert.equal(again?.createdPayload, undefined);
      });

      it("that was not taken up is taken back, unless the run has gone on", async () => {
        const { sessionId, run } = await held();
        const other = await held(sessionId);
        await verdictsOf(stores, [append(other.run, { sessionId })]);
        const taken = await stores.assignments.takeBack(sessionId, [run, other.run]);
        assert.deepEqual(taken.map(keyOf), [keyOf(run.runId)]);
        const row = await statusOf(run);
        assert.deepEqual([row.status, row.epoch, row.sessionId], [STATUS.ready, 2, 0]);
      });
    });

    describe("a session", () => {
      it("lives as long as it is heard of, and is dead for good once declared", async () => {
        const sessionId = await openSession();
        assert.equal(await stores.sweeps.declareDead(sessionId), false);
        assert.equal((await stores.sessions.beat([sessionId], LONG_MS)).length, 1);
        await expire(sessionId);
        assert.deepEqual(await stores.sweeps.expired(), [sessionId]);
        assert.equal((await stores.sessions.beat([sessionId], LONG_MS)).length, 1);
        assert.equal(await stores.sweeps.declareDead(sessionId), false);
        await kill(sessionId);
        assert.deepEqual(await stores.sessions.beat([sessionId], LONG_MS), []);
        assert.equal(await stores.assignments.liveSession(sessionId), undefined);
      });

      it("is cut short when its stream ends, but not when it was heard of elsewhere", async () => {
        const sessionId = await openSession();
        const [beat] = await stores.sessions.beat([sessionId], LONG_MS);
        assert.ok(beat);
        await stores.sessions.beat([sessionId], LONG_MS);
        const limits = { expiresAtUs: beat.expiresAtUs, leaseMs: 0 };
        assert.equal(await stores.sessions.shorten(sessionId, limits), "heard_elsewhere");
        const [newest] = await stores.sessions.beat([sessionId], LONG_MS);
        assert.ok(newest);
        const now = { expiresAtUs: newest.expiresAtUs, leaseMs: 0 };
        assert.equal(await stores.sessions.shorten(sessionId, now), "shortened");
        await aMoment();
        assert.deepEqual(await stores.sweeps.expired(), [sessionId]);
      });

      it("hears how many runs it holds, and a hash over them", async () => {
        const { sessionId, run } = await held();
        const other = await held(sessionId);
        const [beat] = await stores.sessions.beat([sessionId], LONG_MS);
        assert.equal(beat?.heldCount, 2);
        const expected = BigInt.asUintN(64, holdingHash(run) + holdingHash(other.run));
        assert.equal(beat?.heldHash, expected);
      });

      it("hands back what it holds when it is closed", async () => {
        const { sessionId, run } = await held();
        assert.equal(await stores.sessions.close(sessionId), 1);
        const row = await statusOf(run);
        assert.deepEqual([row.status, row.epoch, row.takeovers], [STATUS.ready, 2, 0]);
        assert.deepEqual(await stores.sessions.beat([sessionId], LONG_MS), []);
        assert.equal(await stores.sessions.close(sessionId), 0);
      });

      it("gets a full lease when nobody may be judged", async () => {
        const sessionId = await openSession();
        await expire(sessionId);
        await stores.sweeps.grantLeases(LONG_MS);
        assert.deepEqual(await stores.sweeps.expired(), []);
        await stores.sweeps.expireAll();
        assert.deepEqual(await stores.sweeps.expired(), [sessionId]);
      });

      it("is listed while it lives, and later on request", async () => {
        const [first, second] = [await openSession(["a"]), await openSession()];
        await kill(first);
        await stores.sweeps.settle();
        const page = { limit: 10, beforeSessionId: 0 };
        const live = await stores.sessions.list({ ...page, includeDead: false });
        assert.deepEqual(
          live.map(({ sessionId }) => sessionId),
          [second],
        );
        const all = await stores.sessions.list({ ...page, includeDead: true });
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
        const dead = await held();
        const alive = await held();
        await kill(dead.sessionId);
        assert.deepEqual(await stores.sweeps.takeOver(), { ready: 1, quarantined: 0 });
        assert.deepEqual(await stores.sweeps.takeOver(), { ready: 0, quarantined: 0 });
        const row = await statusOf(dead.run);
        assert.deepEqual([row.status, row.epoch, row.sessionId], [STATUS.ready, 2, 0]);
        assert.equal((await statusOf(alive.run)).status, STATUS.running);
      });

      it("is not held up by a dead session that keeps runs, and forgets one that has none", async () => {
        const { sessionId } = await held();
        await kill(sessionId);
        await stores.sweeps.settle();
        assert.equal((await stores.sweeps.look()).deadSessions, true);
        await stores.sweeps.takeOver();
        await stores.sweeps.settle();
        assert.equal((await stores.sweeps.look()).deadSessions, false);
      });

      it("quarantines a run when its holders died three times and it came no further", async () => {
        await create(stores);
        const die = async (kinds: readonly number[]): Promise<Run> => {
          const sessionId = await openSession();
          const [run] = await stores.assignments.claim(sessionId, 1);
          assert.ok(run);
          const { lastSeq: fromSeq } = run;
          await verdictsOf(stores, [append(run, { sessionId, fromSeq, kinds })]);
          await kill(sessionId);
          await stores.sweeps.takeOver();
          return statusOf(run);
        };
        // Kind 4 is a step's result; 2, 3 and 12 are written by every holder.
        assert.equal((await die([2, 3])).takeovers, 1);
        assert.equal((await die([12, 3, 4])).takeovers, 0);
        assert.equal((await die([12, 3])).takeovers, 1);
        assert.equal((await die([12, 3])).takeovers, 2);
        const row = await die([12, 3]);
        assert.equal(row.status, STATUS.quarantined);
        const sessionId = await openSession();
        assert.deepEqual(await stores.assignments.claim(sessionId, 1), []);
        await stores.inbox.send(message(row, "cancel"));
        const woken = await statusOf(row);
        assert.deepEqual([woken.status, woken.takeovers], [STATUS.ready, 0]);
      });
    });

    describe("a message", () => {
      it("is stored once for its key, also after it was consumed and after the run has ended", async () => {
        const { sessionId, run } = await held();
        assert.equal((await stores.inbox.send(message(run, "k"))).kind, "stored");
        assert.equal((await stores.inbox.send(message(run, "k"))).kind, "repeated");
        const ending = append(run, { sessionId, status: STATUS.cancelled, inboxSeq: 1 });
        await verdictsOf(stores, [ending]);
        assert.equal((await stores.inbox.send(message(run, "k"))).kind, "repeated");
        assert.equal((await stores.inbox.send(message(run, "other"))).kind, "run_ended");
        assert.equal((await statusOf(run)).inboxSeq, 1);
      });

      it("that comes twice at once is stored once", async () => {
        const { run } = await held();
        const sent = await Promise.all(
          Array.from({ length: 8 }, () => stores.inbox.send(message(run, "k"))),
        );
        assert.equal(sent.filter(({ kind }) => kind === "stored").length, 1);
        assert.equal(sent.filter(({ kind }) => kind === "repeated").length, 7);
      });

      it("wakes a suspended run, and is read in order by its holder", async () => {
        const { sessionId, run } = await held();
        await verdictsOf(stores, [
          append(run, { sessionId, status: STATUS.suspended, wakeAfterMs: LONG_MS }),
        ]);
        assert.ok((await statusOf(run)).wakeAt);
        await stores.inbox.send(message(run, "1"));
        await stores.inbox.send(message(run, "2"));
        const row = await statusOf(run);
        assert.deepEqual([row.status, row.inboxSeq, row.wakeAt], [STATUS.ready, 2, undefined]);
        assert.equal(row.cancelRequested, true);
        const [again] = await stores.assignments.claim(sessionId, 1);
        assert.equal(again?.inboxSeq, 2);
        const read = await stores.inbox.read([{ runId: run.runId, afterSeq: 0 }]);
        assert.deepEqual(
          read.map(({ message: { inboxSeq } }) => inboxSeq),
          [1, 2],
        );
        assert.deepEqual(await stores.inbox.heads([sessionId]), [
          { runId: run.runId, inboxSeq: 2 },
        ]);
      });

      it("to a run of another namespace finds no run", async () => {
        const { run } = await held();
        const foreign = { ...message(run, "k"), namespace: "other" };
        assert.deepEqual(await stores.inbox.send(foreign), { kind: "unknown_run" });
      });
    });

    describe("a timer", () => {
      it("wakes a run when its time has come, and not before", async () => {
        const { sessionId, run } = await held();
        const later = await held(sessionId);
        const suspended = { sessionId, status: STATUS.suspended };
        await verdictsOf(stores, [append(run, { ...suspended, wakeAfterMs: 1 })]);
        await verdictsOf(stores, [append(later.run, { ...suspended, wakeAfterMs: LONG_MS })]);
        await aMoment();
        const { nowUs, nextWakeUs } = await stores.sweeps.look();
        assert.ok(nextWakeUs !== undefined && nextWakeUs <= nowUs);
        assert.equal(await stores.sweeps.wakeDue(), 1);
        assert.equal((await statusOf(run)).status, STATUS.ready);
        assert.equal((await statusOf(later.run)).status, STATUS.suspended);
        assert.equal((await stores.sweeps.queue()).depth, 1);
      });
    });

    describe("reading", () => {
      it("ends a page at its bytes, but gives at least one event", async () => {
        const { sessionId, run } = await held();
        await verdictsOf(stores, [append(run, { sessionId, events: 5, payloadBytes: 100 })]);
        const small = { runId: run.runId, afterSeq: 1, limit: 10, maxBytes: 150 };
        assert.deepEqual(
          (await stores.runs.events(small)).map(({ seq }) => seq),
          [2, 3],
        );
        const tiny = { ...small, maxBytes: 1, afterSeq: 3 };
        assert.deepEqual(
          (await stores.runs.events(tiny)).map(({ seq }) => seq),
          [4],
        );
      });

      it("lists runs of one namespace, the newest first, by status, pipeline and labels", async () => {
        const runs = await create(stores, [
          { labels: { a: "1" } },
          { pipeline: "p2" },
          { labels: { a: "1", b: "2" } },
        ]);
        await stores.creations.create([newRun({ namespace: "other", planVersion: 9 })]);
        const list = async (query: object): Promise<string[]> =>
          (await stores.runs.list({ ...everything, namespace: NAMESPACE, ...query })).map(
            ({ runId }) => keyOf(runId),
          );
        const keys = runs.map(({ runId }) => keyOf(runId));
        assert.deepEqual(await list({}), keys.toReversed());
        assert.deepEqual(await list({ labels: { a: "1" } }), [keys[2], keys[0]]);
        assert.deepEqual(await list({ pipeline: "p2" }), [keys[1]]);
        assert.deepEqual(await list({ beforeRunId: runs[2]?.runId, limit: 1 }), [keys[1]]);
        assert.deepEqual(await list({ statuses: [STATUS.completed] }), []);
        assert.deepEqual(
          await list({ statuses: [STATUS.ready, STATUS.failed] }),
          keys.toReversed(),
        );
      });

      it("keeps the newest fold of a version, and none of events that are not there", async () => {
        const { sessionId, run } = await held();
        await verdictsOf(stores, [append(run, { sessionId, events: 4 })]);
        const fold = (uptoSeq: number) => ({ uptoSeq, version: 1, fold: Buffer.from([uptoSeq]) });
        await stores.runs.put(run.runId, fold(4));
        await stores.runs.put(run.runId, fold(3));
        await stores.runs.put(run.runId, fold(9));
        assert.equal((await stores.runs.get(run.runId, 1))?.uptoSeq, 4);
        assert.equal(await stores.runs.get(run.runId, 2), undefined);
      });
    });
  });
}

type Stores = Awaited<ReturnType<typeof openStores>>;

const page = { afterSeq: 0, limit: 100, maxBytes: 1 << 20 };
const everything = { limit: 100, beforeRunId: undefined, pipeline: "", statuses: [], labels: {} };
const newRunId = createRunIdSource({ nowMs: () => Date.now(), randomBytes, cell: 3 });

function openStores(db: Database) {
  const lane = db.openLane({ settings: LANE_SETTINGS });
  const blobs = new PostgresBlobStore(db);
  return {
    appends: new PostgresAppendStore(lane),
    creations: new PostgresCreationStore(lane),
    assignments: new PostgresAssignmentStore(db, blobs),
    sessions: new PostgresSessionStore(db),
    sweeps: new PostgresSweepStore(db),
    inbox: new PostgresInboxStore(db),
    runs: new PostgresRunReader(db),
    definitions: new PostgresDefinitionStore(db),
    blobs,
    close: () => lane[Symbol.asyncDispose](),
  };
}

/** Longer than the database's clock takes to move on. */
async function aMoment(): Promise<void> {
  await new Promise((resolve) => {
    setTimeout(resolve, 5);
  });
}

function newRun(init: Partial<NewRun> = {}): NewRun {
  return {
    namespace: NAMESPACE,
    requestId: randomBytes(8).toString("hex"),
    requestDigest: randomBytes(8),
    documentHash: HASH,
    planVersion: 1,
    pipeline: "p1",
    pipelineVersion: 0,
    createdPayload: Buffer.from("created"),
    labels: {},
    priority: 0,
    requires: [],
    traceparent: "",
    runId: newRunId(),
    sessionId: 0,
    payloadHash: undefined,
    ...init,
  };
}

async function create(
  stores: Stores,
  inits: readonly Partial<NewRun>[] = [{}],
): Promise<readonly NewRun[]> {
  const runs = inits.map(newRun);
  const created = await stores.creations.create(runs);
  assert.ok(created.kind === "done" && created.notCreated.length === 0);
  return runs;
}

function message({ runId }: { runId: Uint8Array }, dedupeKey: string) {
  return { namespace: NAMESPACE, runId, kind: 1, dedupeKey, payload: Buffer.from("{}") };
}

type AppendInit = {
  readonly sessionId: number;
  readonly fromSeq?: number;
  readonly events?: number;
  readonly kinds?: readonly number[];
  readonly digest?: bigint;
  readonly status?: Status;
  readonly inboxSeq?: number;
  readonly wakeAfterMs?: number;
  readonly payloadBytes?: number;
};

function append(run: Pick<Assignment, "runId" | "epoch">, init: AppendInit): Append {
  const { fromSeq = 1, payloadBytes = 5 } = init;
  const kinds = init.kinds ?? Array.from({ length: init.events ?? 1 }, () => 4);
  const events = kinds.map((kind, index): AppendEvent => {
    const digest = Buffer.alloc(8);
    digest.writeBigInt64BE((init.digest ?? 100n) + BigInt(index));
    const payload = Buffer.alloc(payloadBytes, "x");
    return { kind, version: 1, step: `s${index}`, attempt: 1, digest, form: 0, payload };
  });
  return {
    runId: run.runId,
    epoch: run.epoch,
    sessionId: init.sessionId,
    fromSeq,
    toSeq: fromSeq + events.length,
    status: init.status ?? STATUS.running,
    inboxSeq: init.inboxSeq ?? 0,
    wakeAfterMs: init.wakeAfterMs ?? 0,
    events,
    bytes: payloadBytes * events.length,
  };
}

/** Commits appends in one batch and says what became of each. */
async function verdictsOf(stores: Stores, appends: readonly Append[]): Promise<readonly string[]> {
  const entries = appends
    .map((each): Entry => ({ ...each, appends: [each] }))
    .toSorted((one, other) => Buffer.compare(one.runId, other.runId));
  const result = await stores.appends.append(entries);
  assert.ok(result.kind === "done", `the batch failed: ${JSON.stringify(result)}`);
  const refused = entries.filter(({ runId }) =>
    result.refused.some((each) => keyOf(each) === keyOf(runId)),
  );
  const looks = refused.length === 0 ? undefined : await stores.appends.look(refused);
  const verdicts = new Map(
    looks?.kind === "done" ? looks.looks.map((look) => [keyOf(look.runId), look.verdict]) : [],
  );
  return appends.map(({ runId }) => verdicts.get(keyOf(runId)) ?? "committed");
}

function holdingHash({ runId, epoch }: Assignment): bigint {
  const bytes = Buffer.alloc(20);
  bytes.set(runId);
  bytes.writeUInt32BE(epoch, 16);
  return createHash("sha256").update(bytes).digest().readBigUInt64BE();
}
