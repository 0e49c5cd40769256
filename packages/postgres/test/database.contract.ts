import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import {
  bigint,
  byteas,
  int,
  int2s,
  int4s,
  int8s,
  isUnavailable,
  none,
  type Sql,
  sqlStateOf,
  type Statement,
  text,
  texts,
  uuids,
} from "../src/index.ts";
import type { TestDatabase, TestDriver } from "../src/testing.ts";
import { migrationsOf } from "./migration-folder.ts";

const INSERT: Statement<undefined> = {
  name: "test_insert",
  text: "insert into probe.item (id, label) values ($1, $2)",
  row: none,
};
const COUNT: Statement<number> = {
  name: "test_count",
  text: "select count(*) from probe.item where label = $1",
  row: ([count]) => int(count),
};

/** What holds for every database, whatever drives it. */
export function describeDatabase(driver: TestDriver): void {
  describe(`a database of ${driver.name}`, () => {
    let test: TestDatabase;
    before(async () => {
      await using folder = await migrationsOf({
        "0001_item.sql": "create table item (id int primary key, label text not null);",
      });
      test = await driver.open([{ schema: "probe", directory: folder.directory }]);
    });
    after(async () => {
      await test[Symbol.asyncDispose]();
    });

    it("gives back every type of parameter as it was", async () => {
      const bytes = new Uint8Array([0, 1, 254, 255]);
      const uuid = "01234567-89ab-cdef-0123-456789abcdef";
      const [row] = await test.db.query(
        {
          name: "test_types",
          text: `select $1::int4, $2::int8, $3::text, $4::bytea, $5::uuid, $6::boolean, $7::jsonb,
            $8::float8, $9::text, $10::timestamptz, '2026-01-02'::date`,
          row: (columns) => columns,
        },
        [
          7,
          2n ** 53n + 1n,
          "ünïcode '\\",
          bytes,
          uuid,
          false,
          '{"a":[null]}',
          0.25,
          null,
          "2026-01-02T03:04:05.678Z",
        ],
      );
      assert.ok(row);
      const [four, eight, string, binary, id, flag, json, real, nothing, at, day] = row;
      assert.equal(four, 7);
      assert.equal(bigint(eight), 2n ** 53n + 1n);
      assert.equal(string, "ünïcode '\\");
      assert.deepEqual(Buffer.from(bytes), binary);
      assert.equal(id, uuid);
      assert.equal(flag, false);
      assert.deepEqual(json, { a: [null] });
      assert.equal(real, 0.25);
      assert.equal(nothing, null);
      assert.deepEqual(at, new Date("2026-01-02T03:04:05.678Z"));
      assert.equal(day, "2026-01-02");
    });

    it("takes a column of values as one array", async () => {
      const id = "01234567-89ab-cdef-0123-456789abcdef";
      const rows = await test.db.query(
        {
          name: "test_arrays",
          text: `select * from unnest($1::uuid[], $2::int8[], $3::int4[], $4::int2[], $5::text[], $6::bytea[])`,
          row: (columns) => columns.map(String),
        },
        [
          uuids([id, Buffer.from(id.replaceAll("-", ""), "hex")]),
          int8s([-(2 ** 40), 2n ** 62n]),
          int4s([-7, null]),
          int2s([1, -2]),
          texts(['a,"b"\\{}', null]),
          byteas([new Uint8Array([255]), null]),
        ],
      );
      assert.deepEqual(rows, [
        [id, String(-(2 ** 40)), "-7", "1", 'a,"b"\\{}', String(Buffer.from([255]))],
        [id, String(2n ** 62n), "null", "-2", "null", "null"],
      ]);
    });

    it("takes an empty array", async () => {
      const rows = await test.db.query(
        { name: "test_empty", text: "select unnest($1::text[])", row: none },
        [texts([])],
      );
      assert.equal(rows.length, 0);
    });

    it("says by its code what PostgreSQL refused, and goes on", async () => {
      await test.db.query(INSERT, [1, "twice"]);
      await assert.rejects(test.db.query(INSERT, [1, "twice"]), (error) => {
        assert.equal(sqlStateOf(error), "23505");
        assert.equal(isUnavailable(error), false);
        return true;
      });
      assert.deepEqual(await test.db.query(COUNT, ["twice"]), [1]);
    });

    it("refuses two statements of one name", async () => {
      await test.db.query({ name: "test_same", text: "select 1", row: none });
      await assert.rejects(test.db.query({ name: "test_same", text: "select 2", row: none }));
    });

    it("commits a transaction as a whole", async () => {
      const result = await test.db.transaction(async (sql) => {
        await Promise.all([sql.query(INSERT, [10, "whole"]), sql.query(INSERT, [11, "whole"])]);
        return "done";
      });
      assert.equal(result, "done");
      assert.deepEqual(await test.db.query(COUNT, ["whole"]), [2]);
    });

    it("leaves nothing of a transaction that throws", async () => {
      await assert.rejects(
        test.db.transaction(async (sql) => {
          await sql.query(INSERT, [20, "thrown"]);
          throw new Error("changed my mind");
        }),
        /changed my mind/,
      );
      assert.deepEqual(await test.db.query(COUNT, ["thrown"]), [0]);
    });

    it("does not call a transaction committed in which a statement failed unseen", async () => {
      await assert.rejects(
        test.db.transaction(async (sql) => {
          await sql.query(INSERT, [30, "unseen"]);
          await assert.rejects(sql.query(INSERT, [30, "unseen"]));
        }),
        /rolled back/,
      );
      assert.deepEqual(await test.db.query(COUNT, ["unseen"]), [0]);
    });

    it("runs the work again while the database asks for it", async () => {
      let attempts = 0;
      await test.db.transaction(async (sql) => {
        attempts += 1;
        await sql.query(INSERT, [40, "again"]);
        if (attempts < 3) throw Object.assign(new Error("conflict"), { code: "40001" });
      });
      assert.equal(attempts, 3);
      assert.deepEqual(await test.db.query(COUNT, ["again"]), [1]);
    });

    it("refuses its own use within a transaction, which could wait for ever", async () => {
      await using lane = test.db.openLane({ settings: {} });
      const nested: readonly (() => Promise<unknown>)[] = [
        () => test.db.query(COUNT, ["x"]),
        () => test.db.transaction(async () => undefined),
        () => test.db.script("select 1"),
        () => lane.query(COUNT, ["x"]),
      ];
      for (const use of nested) {
        await assert.rejects(test.db.transaction(use), /within its own transaction/);
      }
      assert.deepEqual(await lane.query(COUNT, ["x"]), [0]);
    });

    it("refuses statements after the transaction is over", async () => {
      const kept: Sql[] = [];
      await test.db.transaction(async (sql) => {
        kept.push(sql);
      });
      await assert.rejects(async () => kept[0]?.query(COUNT, ["x"]), /over/);
    });

    it("runs a script whole or not at all", async () => {
      await test.db.script(
        "insert into probe.item values (50, 'script'); insert into probe.item values (51, 'script');",
      );
      await assert.rejects(
        test.db.script("insert into probe.item values (52, 'script'); select no_such_function();"),
      );
      assert.deepEqual(await test.db.query(COUNT, ["script"]), [2]);
    });

    it("runs the statements of a lane in their order", async () => {
      await using lane = test.db.openLane({ settings: { jit: "off" } });
      const done: number[] = [];
      await Promise.all(
        [60, 61, 62, 63].map(async (id) => {
          await lane.query(INSERT, [id, "lane"]);
          done.push(id);
        }),
      );
      assert.deepEqual(done, [60, 61, 62, 63]);
      await assert.rejects(lane.query(INSERT, [60, "lane"]));
      assert.deepEqual(await lane.query(COUNT, ["lane"]), [4]);
    });

    it("hears what is notified on a channel until it is told not to", async () => {
      const heard: string[] = [];
      const subscription = await test.db.listen("Wake ups", (payload) => heard.push(payload));
      await notify(test, "first");
      await until(() => heard.length > 0);
      await subscription[Symbol.asyncDispose]();
      await notify(test, "second");
      await test.db.query(COUNT, ["x"]);
      assert.deepEqual(heard, ["first"]);
    });

    it("prepares a statement anew after a migration has changed what it gives", async () => {
      const all: Statement<number> = {
        name: "test_changing",
        text: "select * from probe.changing",
        row: (columns) => columns.length,
      };
      await test.db.script(
        "create table probe.changing (a int); insert into probe.changing values (1);",
      );
      assert.deepEqual(await test.db.query(all), [1]);
      await test.db.script("alter table probe.changing add column b text;");
      await test.db.query(all).catch((error: unknown) => assert.equal(sqlStateOf(error), "0A000"));
      assert.deepEqual(await test.db.query(all), [2]);
    });
  });
}

async function notify({ db }: TestDatabase, payload: string): Promise<void> {
  await db.query({ name: "test_notify", text: "select pg_notify($1, $2)", row: none }, [
    "Wake ups",
    payload,
  ]);
}

/** Waits for what comes at a time of its own; the runner's limit ends it otherwise. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Reads a single text, for statements of tests. */
export function firstText(columns: readonly unknown[]): string {
  return text(columns[0]);
}
