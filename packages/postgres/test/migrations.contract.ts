import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

import { int, migrate, migrationStatus, type Statement } from "../src/index.ts";
import type { TestDatabase, TestDriver } from "../src/testing.ts";
import { migrationsOf } from "./migration-folder.ts";

const FIRST = { "0001_first.sql": "create table item (id int primary key);" };
const SECOND = {
  "0002_second.sql": "alter table item add column label text; insert into item values (1, 'a');",
};

/** What holds for the migrations of every database. */
export function describeMigrations(driver: TestDriver): void {
  describe(`migrations on ${driver.name}`, () => {
    let test: TestDatabase;
    before(async () => {
      test = await driver.open([]);
    });
    after(async () => {
      await test[Symbol.asyncDispose]();
    });

    it("are applied in their order, once, and tell where they stand", async () => {
      await using folder = await migrationsOf({ ...FIRST, ...SECOND });
      const migrations = { schema: "once", directory: folder.directory };
      assert.deepEqual(await migrationStatus(test.db, migrations), {
        applied: [],
        pending: ["0001_first.sql", "0002_second.sql"],
      });
      await migrate(test.db, migrations);
      await migrate(test.db, migrations);
      assert.deepEqual(await migrationStatus(test.db, migrations), {
        applied: ["0001_first.sql", "0002_second.sql"],
        pending: [],
      });
      assert.deepEqual(await test.db.query(countIn("once")), [1]);
    });

    it("can be asked for by many at once", async () => {
      await using folder = await migrationsOf({ ...FIRST, ...SECOND });
      const migrations = { schema: "race", directory: folder.directory };
      await Promise.all(Array.from({ length: 6 }, () => migrate(test.db, migrations)));
      assert.deepEqual(await test.db.query(countIn("race")), [1]);
    });

    it("leave nothing of a file that fails, and name it", async () => {
      await using folder = await migrationsOf({
        ...FIRST,
        "0002_broken.sql": "insert into item values (1); select no_such_function();",
      });
      const migrations = { schema: "broken", directory: folder.directory };
      await assert.rejects(
        migrate(test.db, migrations),
        /0002_broken\.sql of broken failed: .*no_such_function/,
      );
      assert.deepEqual(await test.db.query(countIn("broken")), [0]);
      assert.deepEqual(await migrationStatus(test.db, migrations), {
        applied: ["0001_first.sql"],
        pending: ["0002_broken.sql"],
      });
    });

    it("refuse a file that was changed after it was applied", async () => {
      await using folder = await migrationsOf(FIRST);
      const migrations = { schema: "changed", directory: folder.directory };
      await migrate(test.db, migrations);
      await writeFile(join(folder.directory, "0001_first.sql"), "create table other (id int);");
      await assert.rejects(migrate(test.db, migrations), /0001_first\.sql was changed/);
      await assert.rejects(migrationStatus(test.db, migrations), /0001_first\.sql was changed/);
    });

    it("refuse a store that a newer version has written", async () => {
      await using folder = await migrationsOf({ ...FIRST, ...SECOND });
      const migrations = { schema: "newer", directory: folder.directory };
      await migrate(test.db, migrations);
      await rm(join(folder.directory, "0002_second.sql"));
      await assert.rejects(migrate(test.db, migrations), /the store is of a newer version/);
    });

    it("refuse a gap among the files", async () => {
      await using folder = await migrationsOf({ ...FIRST, "0003_third.sql": "select 1;" });
      await assert.rejects(
        migrate(test.db, { schema: "gap", directory: folder.directory }),
        /0003_third\.sql must be called 0002_/,
      );
    });
  });
}

function countIn(schema: string): Statement<number> {
  return {
    name: `test_count_${schema}`,
    text: `select count(*) from ${schema}.item`,
    row: ([count]) => int(count),
  };
}
