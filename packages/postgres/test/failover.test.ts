import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { type Database, int, isUnavailable, none, openPostgres } from "../src/index.ts";
import { findPostgres, startPrivatePostgres } from "../src/testing.ts";

const PORT = {
  name: "port",
  text: "select current_setting('port')",
  row: ([port]: readonly unknown[]) => int(port),
};

describe("several hosts", { skip: findPostgres() === undefined }, () => {
  it("are asked which is the primary, and a former one is not believed again", async () => {
    await using first = await startPrivatePostgres();
    await using second = await startPrivatePostgres({ replicaOf: first });
    const hosts = `postgres://postgres@127.0.0.1:${second.port},127.0.0.1:${first.port}/postgres`;
    await using db = await openPostgres({ url: hosts });
    await using lane = db.openLane({ settings: {} });
    assert.deepEqual(await db.query(PORT), [first.port]);
    assert.deepEqual(await lane.query(PORT), [first.port]);

    await first.stop("immediate");
    await assert.rejects(eventuallyFails(db), isUnavailable);
    await second.promote();
    assert.equal(await eventuallyOn(db), second.port);
    await db.script("create table proof (a int)");

    // The old primary comes back and knows of nothing: it takes writes, on the older timeline.
    await first.start();
    await second.stop("immediate");
    await assert.rejects(eventuallyFails(db), isUnavailable);
    await assert.rejects(db.query(PORT), /no primary/);
    await second.start();
    assert.equal(await eventuallyOn(db), second.port);
    assert.equal(await eventuallyOn(lane), second.port);
    await db.query({ name: "insert", text: "insert into proof values (1)", row: none });
  });

  it("are refused when all are replicas", async () => {
    await using first = await startPrivatePostgres();
    await using second = await startPrivatePostgres({ replicaOf: first });
    await using db = await openPostgres({ url: second.url });
    await assert.rejects(
      db.query(PORT),
      (error) => isUnavailable(error) && /is a replica/.test(String(error)),
    );
  });
});

/** Asks until it fails: a connection may not know yet that its server is dead. */
async function eventuallyFails(db: Pick<Database, "query">): Promise<never> {
  for (;;) {
    await db.query(PORT);
  }
}

async function eventuallyOn(db: Pick<Database, "query">): Promise<number | undefined> {
  for (;;) {
    try {
      const [port] = await db.query(PORT);
      return port;
    } catch (error) {
      assert.ok(isUnavailable(error), String(error));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
