import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { after, before, describe, it } from "node:test";

import { type Database, int, isUnavailable, none, openPostgres } from "../src/index.ts";
import { findPostgres, type PrivatePostgres, startPrivatePostgres } from "../src/testing.ts";

const ONE = { name: "one", text: "select 1", row: ([one]: readonly unknown[]) => int(one) };
const PID = {
  name: "pid",
  text: "select pg_backend_pid()",
  row: ([pid]: readonly unknown[]) => int(pid),
};

describe("a server that goes away", { skip: findPostgres() === undefined }, () => {
  let server: PrivatePostgres;
  before(async () => {
    server = await startPrivatePostgres();
  });
  after(async () => {
    await server[Symbol.asyncDispose]();
  });

  it("is waited for when it is down at the start", async () => {
    await server.stop("fast");
    await using db = await openPostgres({ url: server.url });
    await using lane = db.openLane({ settings: {} });
    await assert.rejects(db.query(ONE), isUnavailable);
    await assert.rejects(lane.query(ONE), isUnavailable);
    await server.start();
    assert.deepEqual(await db.query(ONE), [1]);
    assert.deepEqual(await lane.query(ONE), [1]);
  });

  it("fails the statement that it took with it, and serves the next after its return", async () => {
    await using db = await openPostgres({ url: server.url });
    await using lane = db.openLane({ settings: {} });
    await lane.query(ONE);
    const sleeping = [
      db.query({ name: "sleep", text: "select pg_sleep(30)", row: none }),
      lane.query({ name: "sleep", text: "select pg_sleep(30)", row: none }),
    ].map((query) => assert.rejects(query, isUnavailable));
    await active(db, 2);
    await server.stop("immediate");
    await Promise.all(sleeping);
    await server.start();
    assert.deepEqual(await recovered(db), [1]);
    assert.deepEqual(await lane.query(ONE), [1]);
  });

  it("takes a transaction with it between two statements", async () => {
    await using db = await openPostgres({ url: server.url });
    await assert.rejects(
      db.transaction(async (sql) => {
        await sql.query(ONE);
        await server.stop("immediate");
        await server.start();
        await sql.query(ONE);
      }),
      isUnavailable,
    );
    assert.deepEqual(await recovered(db), [1]);
  });

  it("notifies again after its return", async () => {
    const errors: unknown[] = [];
    await using db = await openPostgres({
      url: server.url,
      onError: (error) => errors.push(error),
    });
    const heard: string[] = [];
    await using subscription = await db.listen("outage", (payload) => heard.push(payload));
    await server.stop("immediate");
    await server.start();
    while (heard.length === 0) {
      await db
        .query({ name: "notify", text: "select pg_notify('outage', 'back')", row: none })
        .catch((error: unknown) => assert.ok(isUnavailable(error)));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assert.equal(heard[0], "back");
    assert.ok(errors.length > 0);
    void subscription;
  });

  it("has a lane with its own settings, also after it was opened again", async () => {
    await using db = await openPostgres({ url: server.url });
    await using lane = db.openLane({
      settings: { enable_hashjoin: "off", search_path: "one, two" },
    });
    const settings = {
      name: "settings",
      text: "select current_setting('enable_hashjoin'), current_setting('search_path')",
      row: (columns: readonly unknown[]) => columns,
    };
    assert.deepEqual(await lane.query(settings), [["off", "one, two"]]);
    const [pid = 0] = await lane.query(PID);
    await db.query({ name: "kill", text: "select pg_terminate_backend($1)", row: none }, [pid]);
    await lane.query(ONE).catch((error: unknown) => assert.ok(isUnavailable(error)));
    assert.deepEqual(await lane.query(settings), [["off", "one, two"]]);
  });

  it("cancels a statement that takes too long, and keeps the connection", async () => {
    await using db = await openPostgres({
      url: server.url,
      statementTimeoutMs: 100,
      poolSize: 1,
      maxOverflow: 0,
    });
    const [before] = await db.query(PID);
    await assert.rejects(
      db.query({ name: "sleep", text: "select pg_sleep(30)", row: none }),
      isUnavailable,
    );
    assert.deepEqual(await db.query(PID), [before]);
  });

  it("is given up on when it takes the connection and says nothing", async () => {
    const silent = createServer().listen(0, "127.0.0.1");
    await once(silent, "listening");
    const address = silent.address();
    assert.ok(typeof address === "object" && address !== null);
    {
      await using db = await openPostgres({
        url: `postgres://postgres@127.0.0.1:${address.port}/postgres`,
        connectTimeoutMs: 50,
      });
      await using lane = db.openLane({ settings: {} });
      await assert.rejects(db.query(ONE), isUnavailable);
      await assert.rejects(lane.query(ONE), isUnavailable);
      const subscription = await db.listen("silence", () => undefined);
      await subscription[Symbol.asyncDispose]();
    }
    silent.close();
  });

  it("opens no more connections than the pool and its overflow", async () => {
    await using db = await openPostgres({ url: server.url, poolSize: 2, maxOverflow: 1 });
    const pids = await Promise.all(
      Array.from({ length: 20 }, () =>
        db.query({
          name: "slow",
          text: "select pg_backend_pid() from pg_sleep(0.01)",
          row: ([pid]) => int(pid),
        }),
      ),
    );
    assert.equal(new Set(pids.flat()).size, 3);
  });
});

async function active(db: Database, count: number): Promise<void> {
  const statement = {
    name: "active",
    text: "select count(*) from pg_stat_activity where query like 'select pg_sleep%' and state = 'active'",
    row: ([sleeping]: readonly unknown[]) => int(sleeping),
  };
  while ((await db.query(statement))[0] !== count) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** A connection of the pool may not know yet that it is dead; a second statement meets a new one. */
async function recovered(db: Database): Promise<readonly number[]> {
  for (;;) {
    try {
      return await db.query(ONE);
    } catch (error) {
      assert.ok(isUnavailable(error));
    }
  }
}
