import { type Database, int8s } from "@orchestrator/postgres";

import type { Beat, NewSession, Session, SessionStore } from "./session.ts";
import { arrayLiteral } from "./sql/columns.ts";
import { END_SESSION } from "./sql/end-session.ts";
import { HAND_BACK } from "./sql/hand-back.ts";
import { HEARTBEAT } from "./sql/heartbeat.ts";
import { LIST_SESSIONS } from "./sql/list-sessions.ts";
import { OPEN_SESSION } from "./sql/open-session.ts";
import { SHORTEN_LEASE } from "./sql/shorten-lease.ts";

/** Keeps sessions. */
export class PostgresSessionStore implements SessionStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async open({ executor, offers, capacity }: NewSession, leaseMs: number): Promise<number> {
    const params = [executor, arrayLiteral(offers), capacity, leaseMs];
    const [sessionId] = await this.#db.query(OPEN_SESSION, params);
    if (sessionId === undefined) {
      throw new Error("a session was stored without a number");
    }
    return sessionId;
  }

  async close(sessionId: number): Promise<number> {
    return this.#db.transaction(async (sql) => {
      await sql.query(END_SESSION, [sessionId]);
      return (await sql.query(HAND_BACK, [sessionId])).length;
    });
  }

  async beat(sessionIds: readonly number[], leaseMs: number): Promise<readonly Beat[]> {
    return this.#db.query(HEARTBEAT, [int8s(sessionIds), leaseMs]);
  }

  async shorten(
    sessionId: number,
    { expiresAtUs, leaseMs }: { expiresAtUs: number; leaseMs: number },
  ): ReturnType<SessionStore["shorten"]> {
    const rows = await this.#db.query(SHORTEN_LEASE, [sessionId, expiresAtUs, leaseMs]);
    return rows.length === 0 ? "heard_elsewhere" : "shortened";
  }

  async list({
    limit,
    beforeSessionId,
    includeDead,
  }: Parameters<SessionStore["list"]>[0]): Promise<readonly Session[]> {
    return this.#db.query(LIST_SESSIONS, [limit, beforeSessionId, includeDead]);
  }
}
