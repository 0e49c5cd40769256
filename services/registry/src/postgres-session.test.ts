import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { Database } from "@orchestrator/postgres";

import { PostgresSession } from "./postgres-session.ts";
import { END_SESSION } from "./sql/sessions.ts";

describe("PostgresSession", () => {
  it("ends while the database is down: the lease ends it there as well", async () => {
    const session = new PostgresSession(databaseWhoseEndFails("ECONNREFUSED"), { leaseMs: 1_000 });
    await session.open();
    await session[Symbol.asyncDispose]();
  });

  it("does not hide another failure of its end", async () => {
    const session = new PostgresSession(databaseWhoseEndFails("42601"), { leaseMs: 1_000 });
    await session.open();
    await assert.rejects(async () => session[Symbol.asyncDispose](), { code: "42601" });
  });
});

function databaseWhoseEndFails(code: string): Database {
  return {
    driver: "pg",
    async query(statement) {
      if (statement.name === END_SESSION.name) {
        throw Object.assign(new Error("no end"), { code });
      }
      return [statement.row([7])];
    },
    transaction: unused,
    script: unused,
    openLane: unused,
    listen: unused,
    async [Symbol.asyncDispose]() {},
  };
}

function unused(): never {
  throw new Error("a session has no use for it");
}
