import assert from "node:assert/strict";
import { createHash, randomBytes, randomUUID } from "node:crypto";
import { after, before, describe, it } from "node:test";

import { Code, ConnectError } from "@connectrpc/connect";
import { testDatabases } from "@orchestrator/postgres/testing";
import {
  MessageKind,
  RunCreated_Outcome as Outcome,
  RunState,
  Verdict,
} from "@orchestrator/proto/state/v1/state_pb";
import { createOutbox } from "@orchestrator/rpc-node";

import {
  acked,
  assigned,
  createRun,
  createRuns,
  DOCUMENT,
  eventually,
  type Harness,
  NAMESPACE,
  openHarness,
  openLink,
  refused,
  watchToEnd,
} from "./harness.ts";

for (const driver of testDatabases()) {
  describe(`the state service on ${driver.name}`, () => {
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

    it("makes one run of a request that comes twice, and none of one that asks for something else", async () => {
      const requestId = randomUUID();
      const first = await createRun(harness, { requestId });
      const [same, other, twin] = await createRuns(harness, [
        { requestId },
        { requestId, requestDigest: 8n },
        { requestId, namespace: "elsewhere" },
      ]);
      assert.deepEqual([same?.outcome, same?.run?.runId], [Outcome.REPEATED, first.runId]);
      assert.deepEqual([other?.outcome, other?.run?.runId], [Outcome.CONFLICT, first.runId]);
      assert.equal(twin?.outcome, Outcome.UNKNOWN_DEFINITION);
    });

    it("says what is wrong with a creation without ending the stream of the others", async () => {
      const outcomes = await createRuns(harness, [
        { requestId: "" },
        { labels: { a: "\0" } },
        { documentHash: Buffer.alloc(3) },
        { documentHash: Buffer.alloc(32) },
        {},
      ]);
      assert.deepEqual(
        outcomes.map(({ outcome }) => outcome),
        [
          Outcome.INVALID,
          Outcome.INVALID,
          Outcome.INVALID,
          Outcome.UNKNOWN_DEFINITION,
          Outcome.CREATED,
        ],
      );
    });

    it("keeps inputs that are too large for an event as a blob, and hands them to the executor whole", async () => {
      const createdPayload = randomBytes(2_500_000);
      const run = await createRun(harness, { createdPayload });
      await using link = await openLink(harness, { credit: 50 });
      const assign = await link.until((heard) =>
        heard
          .flatMap(({ assigns }) => assigns)
          .find(({ runId }) => Buffer.compare(runId, run.runId) === 0),
      );
      assert.equal(Buffer.compare(assign.createdPayload, createdPayload), 0);
      const page = { namespace: NAMESPACE, runId: run.runId, limit: 10 };
      const plain = await harness.state.readEvents(page);
      assert.equal(plain.events[0]?.blobHash.length, 32);
      const inlined = await harness.state.readEvents({ ...page, inlineBlobs: true });
      assert.equal(
        Buffer.compare(inlined.events[0]?.payload ?? Buffer.alloc(0), createdPayload),
        0,
      );
    });

    it("gives waiting runs to a link when it has room, and takes back what is not taken up", async () => {
      const run = await createRun(harness, { requires: ["only:here"], priority: 100 });
      assert.equal(run.state, RunState.READY);
      assert.deepEqual((await runOf(run.runId)).unmetRequires, ["only:here"]);
      await using link = await openLink(harness, { credit: 1, offers: ["only:here"] });
      const first = await assigned(link);
      assert.equal(first.epoch, 1);
      assert.deepEqual((await runOf(run.runId)).unmetRequires, []);
      const second = await assigned(link, 1);
      assert.deepEqual([second.runId, second.epoch], [run.runId, 3]);
      link.bind(1, first);
      link.append({ handle: 1, fromSeq: 1 });
      assert.equal((await refused(link)).verdict, Verdict.STALE);
      link.bind(2, second);
      link.append({ handle: 2, fromSeq: 1, state: RunState.COMPLETED });
      await acked(link, 2, 2);
    });

    it("gives only runs that are asked for to a link that does not take any", async () => {
      const offers = ["named"];
      const [first, second] = (
        await createRuns(harness, [{ requires: offers }, { requires: offers }])
      ).map(({ run }) => run);
      assert.ok(first && second);
      await using link = await openLink(harness, { offers, takesAny: false });
      link.work({ wantedRunIds: [second.runId], credit: 1 });
      const assign = await assigned(link);
      assert.deepEqual(assign.runId, second.runId);
      assert.equal(await stateOf(first.runId), RunState.READY);
      link.bind(1, assign);
      link.append({ handle: 1, fromSeq: 1, state: RunState.SUSPENDED, wakeAfterMs: 1 });
      await acked(link, 1, 2);
      link.work({ credit: 1 });
      const again = await assigned(link, 1);
      assert.deepEqual([again.runId, again.lastSeq], [second.runId, 2]);
      link.bind(2, again);
      link.append({ handle: 2, fromSeq: 2, state: RunState.COMPLETED });
      await acked(link, 2, 3);
    });

    it("refuses what is malformed, and what names no handle, whatever else is in the frame", async () => {
      const offers = ["malformed"];
      await using link = await openLink(harness, { offers, credit: 2 });
      const runs = await createRuns(harness, [{ requires: offers }, { requires: offers }]);
      assert.equal(runs.length, 2);
      link.bind(1, await assigned(link, 0));
      link.bind(2, await assigned(link, 1));
      link.append(
        { handle: 1, fromSeq: 1, events: [{ payload: Buffer.alloc(9_000) }] },
        { handle: 2, fromSeq: 1 },
        { handle: 9, fromSeq: 1 },
      );
      await acked(link, 2, 2);
      const verdicts = new Map(
        [await refused(link, 0), await refused(link, 1)].map(({ handle, verdict }) => [
          handle,
          verdict,
        ]),
      );
      assert.deepEqual(
        verdicts,
        new Map([
          [1, Verdict.INVALID],
          [9, Verdict.STALE],
        ]),
      );
    });

    it("survives an append that the database cannot take, and commits the others of its batch", async () => {
      const offers = ["poison"];
      await using link = await openLink(harness, { offers, credit: 3 });
      await createRuns(harness, [{ requires: offers }, { requires: offers }, { requires: offers }]);
      for (const handle of [1, 2, 3]) link.bind(handle, await assigned(link, handle - 1));
      link.append(
        { handle: 1, fromSeq: 1 },
        { handle: 2, fromSeq: 1, events: [{ step: "nul\0" }] },
        { handle: 3, fromSeq: 1 },
      );
      await acked(link, 1, 2);
      await acked(link, 3, 2);
      assert.deepEqual(
        [(await refused(link)).handle, (await refused(link)).verdict],
        [2, Verdict.INVALID],
      );
    });

    it("acknowledges an append that comes again over another link", async () => {
      const offers = ["again"];
      const link = await openLink(harness, { offers, credit: 1 });
      const run = await createRun(harness, { requires: offers });
      const assign = await assigned(link);
      link.bind(1, assign);
      link.append({ handle: 1, fromSeq: 1, events: [{}, {}] });
      await acked(link, 1, 3);
      await link[Symbol.asyncDispose]();
      await using other = await openLink(harness, { sessionId: link.sessionId });
      other.bind(7, { ...assign, lastSeq: 1 });
      other.append({ handle: 7, fromSeq: 1, events: [{}, {}] });
      await acked(other, 7, 3);
      other.append({ handle: 7, fromSeq: 3, state: RunState.COMPLETED });
      await acked(other, 7, 4);
      assert.equal(await stateOf(run.runId), RunState.COMPLETED);
    });

    it("brings messages to the link that carries the run, before it says that the inbox is ahead", async () => {
      const offers = ["messages"];
      await using link = await openLink(harness, { offers, credit: 1 });
      const { runId } = await createRun(harness, { requires: offers });
      link.bind(1, await assigned(link));
      const message = {
        namespace: NAMESPACE,
        runId,
        kind: MessageKind.CANCEL,
        dedupeKey: "1",
        payload: Buffer.from("why"),
      };
      const sent = await harness.state.sendMessage(message);
      assert.equal(sent.run?.cancelRequested, true);
      assert.equal((await harness.state.sendMessage(message)).repeatedMessage, true);
      link.append({ handle: 1, fromSeq: 1, state: RunState.COMPLETED });
      const refusal = await refused(link);
      assert.deepEqual([refusal.verdict, refusal.inboxSeq], [Verdict.INBOX_AHEAD, 1]);
      const order = link.heard.flatMap(({ deliveries, refusals }) => [
        ...deliveries.map(() => "delivery"),
        ...refusals.map(() => "refusal"),
      ]);
      assert.deepEqual(order, ["delivery", "refusal"]);
      const [delivered] = link.heard.flatMap(({ deliveries }) => deliveries);
      assert.deepEqual(
        delivered?.messages.map(({ inboxSeq, payload }) => [
          inboxSeq,
          Buffer.from(payload).toString(),
        ]),
        [[1, "why"]],
      );
      link.append({ handle: 1, fromSeq: 1, state: RunState.CANCELLED, inboxSeq: 1 });
      await acked(link, 1, 2);
      assert.equal(
        (await harness.state.sendMessage({ ...message, dedupeKey: "2" })).runEnded,
        true,
      );
    });

    it("hands a woken run's messages to whoever takes it up", async () => {
      const offers = ["wake"];
      await using link = await openLink(harness, { offers, credit: 2 });
      const { runId } = await createRun(harness, { requires: offers });
      link.bind(1, await assigned(link));
      link.append({ handle: 1, fromSeq: 1, state: RunState.SUSPENDED });
      await acked(link, 1, 2);
      await harness.state.sendMessage({
        namespace: NAMESPACE,
        runId,
        kind: MessageKind.CANCEL,
        dedupeKey: "1",
      });
      const again = await assigned(link, 1);
      assert.deepEqual([again.epoch, again.lastSeq, again.inboxSeq], [2, 2, 1]);
      link.bind(2, again);
      const delivery = await link.until(
        (heard) => heard.flatMap(({ deliveries }) => deliveries)[0],
      );
      assert.deepEqual([delivery.handle, delivery.messages.length], [2, 1]);
    });

    it("shows a watch every event once and in order, from any point, and the end", async () => {
      const offers = ["watch"];
      await using link = await openLink(harness, { offers, credit: 1 });
      const { runId } = await createRun(harness, { requires: offers });
      const early = watchToEnd(harness, [
        { runId },
        { runId, afterSeq: 150 },
        { runId, namespace: "other" },
      ]);
      link.bind(1, await assigned(link));
      link.append({ handle: 1, fromSeq: 1, events: Array.from({ length: 300 }, () => ({})) });
      await acked(link, 1, 301);
      link.append({ handle: 1, fromSeq: 301, state: RunState.FAILED });
      const watched = await early;
      const seqs = (watchId: number) =>
        watched
          .filter((each) => each.watchId === watchId)
          .flatMap(({ events }) => events.map(({ seq }) => seq));
      assert.deepEqual(
        seqs(1),
        Array.from({ length: 302 }, (_, i) => i + 1),
      );
      assert.deepEqual(
        seqs(2),
        Array.from({ length: 152 }, (_, i) => i + 151),
      );
      assert.deepEqual(
        watched.filter(({ watchId }) => watchId === 3).map(({ unknownRun }) => unknownRun),
        [true],
      );
      const late = await watchToEnd(harness, [
        { runId, afterSeq: 302 },
        { runId: randomBytes(16) },
      ]);
      assert.deepEqual(
        late.map(({ ended, unknownRun, state }) => [ended, unknownRun, state]).toSorted(),
        [
          [false, true, RunState.UNSPECIFIED],
          [true, false, RunState.FAILED],
        ],
      );
      const { events } = await harness.state.readEvents({
        namespace: NAMESPACE,
        runId,
        limit: 400,
      });
      const sent = watched.filter((each) => each.watchId === 1).flatMap(({ events }) => events);
      assert.deepEqual(
        sent.map(({ atUs }) => atUs),
        events.map(({ atUs }) => atUs),
      );
    });

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

    it("stores blobs once, whole or not at all, for their namespace only", async () => {
      const bytes = randomBytes(2_500_001);
      const hash = createHash("sha256").update(bytes).digest();
      const put = (head: object, content: Uint8Array = bytes) =>
        harness.state.putBlob(
          partsOf({ namespace: NAMESPACE, hash, size: BigInt(bytes.length), ...head }, content),
        );
      await assert.rejects(put({ size: 5n }), hasCode(Code.InvalidArgument));
      await assert.rejects(put({}, bytes.subarray(1)), hasCode(Code.InvalidArgument));
      await assert.rejects(put({}, randomBytes(bytes.length)), hasCode(Code.InvalidArgument));
      assert.equal((await put({})).existed, false);
      assert.equal((await put({})).existed, true);
      const chunks: Uint8Array[] = [];
      for await (const { chunk } of harness.state.getBlob({ namespace: NAMESPACE, hash }))
        chunks.push(chunk);
      assert.equal(Buffer.compare(Buffer.concat(chunks), bytes), 0);
      await assert.rejects(async () => {
        for await (const _ of harness.state.getBlob({ namespace: "other", hash }));
      }, hasCode(Code.NotFound));
      const empty = createHash("sha256").digest();
      assert.equal((await put({ hash: empty, size: 0n }, Buffer.alloc(0))).existed, false);
    });

    it("keeps versions of pipelines: the same document is the same version, an archived name comes back", async () => {
      const name = `p-${randomUUID()}`;
      const create = (init: { requestId?: string; title?: string } = {}) =>
        harness.state.createPipeline({
          namespace: NAMESPACE,
          requestId: init.requestId ?? randomUUID(),
          pipeline: { name, documentHash: DOCUMENT, title: "T", labels: { a: "b" } },
        });
      assert.equal((await create({ requestId: `${name}/1` })).pipeline?.version, 1);
      assert.equal((await create()).pipeline?.version, 1);
      await harness.state.archivePipeline({ namespace: NAMESPACE, name, requestId: `${name}/2` });
      await harness.state.archivePipeline({ namespace: NAMESPACE, name, requestId: `${name}/2` });
      const archived = await harness.state.getPipeline({ namespace: NAMESPACE, name });
      assert.ok(archived.pipeline?.archiveTime);
      const back = await create();
      assert.deepEqual([back.pipeline?.version, back.pipeline?.archiveTime], [2, undefined]);
      assert.equal((await create({ requestId: `${name}/1` })).pipeline?.version, 1);
      const listed = await harness.state.listPipelines({ namespace: NAMESPACE, limit: 1000 });
      assert.deepEqual(
        listed.pipelines
          .filter((each) => each.name === name)
          .map(({ version, labels }) => [version, labels]),
        [[2, { a: "b" }]],
      );
      await assert.rejects(
        harness.state.createPipeline({
          namespace: NAMESPACE,
          requestId: `${name}/1`,
          pipeline: { name: "other", documentHash: DOCUMENT },
        }),
        hasCode(Code.AlreadyExists),
      );
      await assert.rejects(
        harness.state.createPipeline({
          namespace: NAMESPACE,
          requestId: randomUUID(),
          pipeline: { name, documentHash: randomBytes(32) },
        }),
        hasCode(Code.FailedPrecondition),
      );
    });

    it("answers with definitions and plans by hash, and says what is not there", async () => {
      const found = await harness.state.getDefinition({
        namespace: NAMESPACE,
        documentHash: DOCUMENT,
        planVersion: 1,
      });
      assert.deepEqual(
        [found.source, Buffer.from(found.plan).toString(), found.bundle.length],
        ["id: tests", "{}", 1],
      );
      const plain = await harness.state.getDefinition({
        namespace: NAMESPACE,
        documentHash: DOCUMENT,
      });
      assert.equal(plain.plan.length, 0);
      await assert.rejects(
        harness.state.getDefinition({
          namespace: NAMESPACE,
          documentHash: DOCUMENT,
          planVersion: 2,
        }),
        hasCode(Code.NotFound),
      );
      await assert.rejects(
        harness.state.getDefinition({ namespace: "other", documentHash: DOCUMENT }),
        hasCode(Code.NotFound),
      );
      await assert.rejects(
        harness.state.getRun({ namespace: "other", runId: randomBytes(16) }),
        hasCode(Code.NotFound),
      );
    });

    it("keeps folds of runs", async () => {
      const { runId } = await createRun(harness);
      await harness.state.putSnapshot({ runId, uptoSeq: 1, version: 3, fold: Buffer.from("fold") });
      const snapshot = await harness.state.getSnapshot({ runId, version: 3 });
      assert.deepEqual([snapshot.uptoSeq, Buffer.from(snapshot.fold).toString()], [1, "fold"]);
      assert.equal((await harness.state.getSnapshot({ runId, version: 4 })).uptoSeq, 0);
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

async function* partsOf(head: object, bytes: Uint8Array) {
  yield { part: { case: "head" as const, value: head } };
  for (let at = 0; at < bytes.length; at += 400_000) {
    yield { part: { case: "chunk" as const, value: bytes.subarray(at, at + 400_000) } };
  }
}
