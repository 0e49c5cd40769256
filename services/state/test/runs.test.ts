import assert from "node:assert/strict";
import { randomBytes, randomUUID } from "node:crypto";
import { after, before, describe, it } from "node:test";

import { testDatabases } from "@orchestrator/postgres/testing";
import {
  MessageKind,
  RunCreated_Outcome as Outcome,
  RunState,
  Verdict,
} from "@orchestrator/proto/state/v1/state_pb";

import {
  createRun,
  createRuns,
  type Harness,
  NAMESPACE,
  openHarness,
  watchToEnd,
} from "./harness.ts";
import { acked, assigned, openLink, refused } from "./link-harness.ts";

for (const driver of testDatabases()) {
  describe(`runs over the state service on ${driver.name}`, () => {
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

    it("says what a request made before, and makes nothing, when it is asked for no plan", async () => {
      const requestId = randomUUID();
      const unheard = randomUUID();
      const question = { planVersion: 0, createdPayload: Buffer.alloc(0), requires: [] };
      const first = await createRun(harness, { requestId });
      const [same, other, none, again] = await createRuns(harness, [
        { ...question, requestId },
        { ...question, requestId, requestDigest: 8n },
        { ...question, requestId: unheard },
        { ...question, requestId: unheard },
      ]);
      assert.deepEqual([same?.outcome, same?.run?.runId], [Outcome.REPEATED, first.runId]);
      assert.deepEqual([other?.outcome, other?.run?.runId], [Outcome.CONFLICT, first.runId]);
      const nothing = [Outcome.UNKNOWN_DEFINITION, undefined];
      assert.deepEqual([none?.outcome, none?.run], nothing);
      assert.deepEqual([again?.outcome, again?.run], nothing);
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
      for (const payload of [message.payload, Buffer.from("another reason")]) {
        const repeated = await harness.state.sendMessage({ ...message, payload });
        assert.equal(repeated.repeatedMessage, true);
      }
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
      const ends = new Map(
        late.map(({ watchId, ended, unknownRun, state }) => [
          watchId,
          { ended, unknownRun, state },
        ]),
      );
      assert.deepEqual(ends.get(1), { ended: true, unknownRun: false, state: RunState.FAILED });
      assert.deepEqual(ends.get(2), {
        ended: false,
        unknownRun: true,
        state: RunState.UNSPECIFIED,
      });
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
  });
}
