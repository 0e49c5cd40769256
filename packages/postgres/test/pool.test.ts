import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";

import { openPostgres, type Statement } from "../src/index.ts";
import { testDatabases } from "../src/testing.ts";

const WORK: Statement<undefined> = {
  name: "pool_work",
  text: "select pg_sleep(0.5)",
  row: () => undefined,
};
const CONNECTIONS: Statement<number> = {
  name: "pool_connections",
  text: "select count(*) from pg_stat_activity where application_name = 'pool' and datname = current_database()",
  row: ([count]) => Number(count),
};

for (const driver of testDatabases().filter(({ name }) => name === "PostgreSQL")) {
  describe("connections to a server", () => {
    it("are pool_size, and max_overflow more while there is work for them", async () => {
      await using database = await driver.open([]);
      const { db: watcher, url } = database;
      assert.ok(url);
      await using db = await openPostgres({
        url,
        applicationName: "pool",
        poolSize: 2,
        maxOverflow: 1,
      });
      const work = Promise.all(Array.from({ length: 6 }, () => db.query(WORK)));
      await delay(250);
      assert.deepEqual(await watcher.query(CONNECTIONS), [3]);
      await work;
      let [left] = await watcher.query(CONNECTIONS);
      for (const end = Date.now() + 20_000; left !== 2 && Date.now() < end;) {
        await delay(200);
        [left] = await watcher.query(CONNECTIONS);
      }
      assert.equal(left, 2, "what was more is closed when it has been idle, what is kept stays");
    });
  });
}
