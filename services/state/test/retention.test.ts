import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";

import { openPostgres, type Statement } from "@orchestrator/postgres";
import { testDatabases } from "@orchestrator/postgres/testing";
import { readSettings } from "@orchestrator/service";

import { PostgresBlobStore } from "../src/postgres-blob-store.ts";
import { COLLECT_BLOBS } from "../src/sql/collect-blobs.ts";
import { configFromSettings, MIGRATIONS } from "../src/start.ts";
import { createRuns, openHarness } from "./harness.ts";

const AGES: Statement<number> = {
  name: "ages_of_runs",
  text: "select extract(day from now() - ended_at) from state.run",
  row: ([days]) => Number(days),
};

for (const driver of testDatabases()) {
  describe(`retention on ${driver.name}`, () => {
    it("lasts as long as retention.finished_days says", async () => {
      await using harness = await openHarness(driver);
      await createRuns(harness, [{}, {}]);
      // Ids begin with the time of creation; these begin long ago.
      await harness.db.script(`
        with n as (select run_id, row_number() over () as number from state.run)
        update state.run r set status = 4, ended_at = now() - n.number * interval '2 days 1 hour',
          run_id = ('00000000-0000-7000-8000-00000000000' || n.number)::uuid
        from n where n.run_id = r.run_id`);
      assert.deepEqual(new Set(await harness.db.query(AGES)), new Set([2, 4]));
      const settings = readSettings({ env: {}, flags: { "retention.finished_days": "3" } });
      await using replica = await harness.replica({
        retentionDays: configFromSettings(settings).retentionDays,
      });
      while ((await harness.db.query(AGES)).length > 1) await delay(20);
      assert.deepEqual(await harness.db.query(AGES), [2]);
      void replica;
    });
  });

  if (driver.name === "PostgreSQL") {
    describe("a blob that is touched while it is collected", () => {
      it("is gone for both", async () => {
        await using database = await driver.open([MIGRATIONS]);
        const { db, url } = database;
        assert.ok(url);
        await using elsewhere = await openPostgres({ url });
        const blobs = new PostgresBlobStore(elsewhere);
        const key = { namespace: "n", hash: Buffer.alloc(32, 1) };
        await blobs.put(key, { mediaType: "text/plain", bytes: Buffer.from("x") });
        await db.script("update state.blob set touched_at = now() - interval '9 days'");
        const touches: Promise<boolean>[] = [];
        await db.transaction(async (sql) => {
          const [page] = await sql.query(COLLECT_BLOBS, [key.namespace, new Uint8Array(), 10]);
          assert.equal(page?.removed, 1);
          touches.push(blobs.touch(key));
          await delay(200);
        });
        assert.deepEqual(await Promise.all(touches), [false]);
        assert.equal(await blobs.find(key), undefined);
      });
    });
  }
}
