import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";

import { type BlobKey, putBlob } from "./blob.ts";
import { applyRetention } from "./retention.ts";
import { keyOf, STATUS, type Status } from "./run.ts";
import { append, idOfAge, NAMESPACE, type StoresFixture } from "./stores-fixture.contract.ts";

const DAYS = 30;
const OLD_DAYS = 40;

/** Says what is removed when its time is over, and what is not. */
export function describeRetention(fixture: StoresFixture): void {
  const apply = async (signal = new AbortController().signal) => {
    const all = { runs: 0, blobs: 0 };
    const removed = ({ runs, blobs }: typeof all): void => {
      all.runs += runs;
      all.blobs += blobs;
    };
    await applyRetention({ store: fixture.retention, days: DAYS, removed }, signal);
    return all;
  };

  /** A run of some age, with a request, events, a message and a fold; in a status that it has had from then on. */
  async function runOf(status: Status, days: number): Promise<Uint8Array> {
    const runId = idOfAge(days);
    await fixture.create([{ runId }]);
    const sessionId = await fixture.openSession();
    const [run] = await fixture.assignments.claim(sessionId, 1);
    assert.ok(run !== undefined && keyOf(run.runId) === keyOf(runId));
    if (status !== STATUS.running) {
      await fixture.verdictsOf([append(run, { sessionId, events: 3, status })]);
    }
    await fixture.runs.put(runId, { uptoSeq: 1, version: 1, fold: Buffer.from("fold") });
    const id = `run_id = '${Buffer.from(runId).toString("hex")}'`;
    await fixture.age("run", days, id);
    await fixture.age("idempotency", days, id);
    return runId;
  }

  async function stored(text: string, days: number): Promise<BlobKey> {
    const bytes = Buffer.from(text);
    const key = { namespace: NAMESPACE, hash: createHash("sha256").update(bytes).digest() };
    const { kind } = await putBlob(
      fixture.blobs,
      { key, size: bytes.length, mediaType: "text/plain" },
      [bytes],
    );
    assert.equal(kind, "stored");
    await fixture.age("blob", days, `hash = '\\x${key.hash.toString("hex")}'`);
    return key;
  }

  describe("retention", () => {
    it("removes runs that ended before its days, with all that is found by them", async () => {
      const ends = [STATUS.completed, STATUS.failed, STATUS.cancelled];
      for (const status of ends) await runOf(status, OLD_DAYS);
      assert.deepEqual(await apply(), { runs: 3, blobs: 0 });
      for (const table of ["run", "run_event", "idempotency", "run_snapshot", "inbox"]) {
        assert.equal(await fixture.count(table), 0, table);
      }
    });

    it("never removes a run that has not ended, is in quarantine, or ended within its days", async () => {
      const kept = [
        await runOf(STATUS.running, OLD_DAYS),
        await runOf(STATUS.suspended, OLD_DAYS),
        await runOf(STATUS.quarantined, OLD_DAYS),
        await runOf(STATUS.completed, DAYS - 1),
      ];
      const late = await runOf(STATUS.completed, OLD_DAYS);
      await fixture.age(
        "run",
        DAYS - OLD_DAYS - 1,
        `run_id = '${Buffer.from(late).toString("hex")}'`,
      );
      assert.deepEqual(await apply(), { runs: 0, blobs: 0 });
      for (const runId of [...kept, late]) await fixture.statusOf({ runId });
      assert.equal(await fixture.count("idempotency"), 5);
      assert.equal(await fixture.count("run_event"), 1 + 4 * 4);
    });

    it("removes in bounded pieces, and stops between them when it is told to", async () => {
      for (let run = 0; run < 3; run++) await runOf(STATUS.completed, OLD_DAYS);
      assert.deepEqual(await apply(AbortSignal.abort()), { runs: 0, blobs: 0 });
      assert.equal(await fixture.retention.removeRuns(DAYS), 3);
      assert.equal(await fixture.retention.removeRuns(DAYS), 0);
    });

    it("collects blobs that were in use before any run that is left, and no others", async () => {
      const old = await stored("of a run that is gone", OLD_DAYS);
      const early = await stored("a file of a run that is still there", 20.5);
      const young = await stored("of a run that is to be created", 0);
      await runOf(STATUS.suspended, 20);
      assert.deepEqual(await apply(), { runs: 0, blobs: 1 });
      assert.equal(await fixture.blobs.find(old), undefined);
      for (const key of [early, young]) assert.ok(await fixture.blobs.find(key));
      assert.equal(await fixture.count("blob_part"), 2);
    });

    it("collects in a namespace without runs what nobody used for a day", async () => {
      const key = await stored("left behind", 2);
      await stored("just sent", 0);
      assert.deepEqual(await apply(), { runs: 0, blobs: 1 });
      assert.equal(await fixture.blobs.touch(key), false);
    });

    it("spares a blob that is used again", async () => {
      const key = await stored("used again", OLD_DAYS);
      assert.equal(await fixture.blobs.touch(key), true);
      assert.deepEqual(await apply(), { runs: 0, blobs: 0 });
      assert.ok(await fixture.blobs.find(key));
    });
  });
}
