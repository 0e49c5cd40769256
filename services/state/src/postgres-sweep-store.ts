import { type Database, int2s } from "@orchestrator/postgres";

import { KINDS_WITHOUT_PROGRESS } from "./event-kinds.ts";
import { STATUS } from "./run.ts";
import { DECLARE_DEAD } from "./sql/declare-dead.ts";
import { DROP_ABANDONED_UPLOADS } from "./sql/drop-abandoned-uploads.ts";
import { EXPIRE_LEASES } from "./sql/expire-leases.ts";
import { EXPIRED_SESSIONS } from "./sql/expired-sessions.ts";
import { GRANT_LEASES } from "./sql/grant-leases.ts";
import { LOOK } from "./sql/look.ts";
import { QUEUE } from "./sql/queue.ts";
import { SETTLE_SESSIONS } from "./sql/settle-sessions.ts";
import { TAKE_OVER } from "./sql/take-over.ts";
import { WAKE_DUE } from "./sql/wake-due.ts";
import type { Look, Queue, SweepStore, Takeover } from "./sweep.ts";

/** Runs that one transaction takes or wakes. */
const BATCH = 500;
/** The queue is counted no further than this, so that a long one costs no more. */
const MAX_COUNTED = 10_000;

/** Sweeps over the tables. */
export class PostgresSweepStore implements SweepStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async look(): Promise<Look> {
    const [look] = await this.#db.query(LOOK);
    if (look === undefined) {
      throw new Error("a look at the store gave nothing");
    }
    return look;
  }

  async expired(): Promise<readonly number[]> {
    return this.#db.query(EXPIRED_SESSIONS);
  }

  async declareDead(sessionId: number): Promise<boolean> {
    return (await this.#db.query(DECLARE_DEAD, [sessionId])).length > 0;
  }

  async takeOver(): Promise<Takeover> {
    const statuses = await this.#db.query(TAKE_OVER, [BATCH, int2s(KINDS_WITHOUT_PROGRESS)]);
    const quarantined = statuses.filter((status) => status === STATUS.quarantined).length;
    return { ready: statuses.length - quarantined, quarantined };
  }

  async settle(): Promise<void> {
    await this.#db.query(SETTLE_SESSIONS);
  }

  async grantLeases(leaseMs: number): Promise<void> {
    await this.#db.query(GRANT_LEASES, [leaseMs]);
  }

  async expireAll(): Promise<void> {
    await this.#db.query(EXPIRE_LEASES);
  }

  async wakeDue(): Promise<number> {
    return (await this.#db.query(WAKE_DUE, [BATCH])).length;
  }

  async queue(): Promise<Queue> {
    const [queue] = await this.#db.query(QUEUE, [MAX_COUNTED]);
    return queue ?? { depth: 0, oldestSeconds: 0 };
  }

  async dropAbandonedUploads(): Promise<void> {
    await this.#db.query(DROP_ABANDONED_UPLOADS);
  }
}
