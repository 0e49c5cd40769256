import { type Database, isUnavailable } from "@orchestrator/postgres";

import { PRUNE_CALLS, PRUNE_SESSIONS } from "./sql/prune-calls.ts";
import { BEAT_SESSION, END_SESSION, OPEN_SESSION } from "./sql/sessions.ts";

/** How long a silent process is taken to live, by the database's clock. */
export type SessionOptions = { readonly leaseMs: number };

/** This process in the ledger, once it was opened there. Disposing ends the session, so that others need not wait for its lease. */
export class PostgresSession implements AsyncDisposable {
  readonly #db: Database;
  readonly #leaseMs: number;
  #id: number | undefined;

  constructor(db: Database, { leaseMs }: SessionOptions) {
    this.#db = db;
    this.#leaseMs = leaseMs;
  }

  /** Takes its place in the ledger. */
  async open(): Promise<void> {
    this.#id = await openRow(this.#db, this.#leaseMs);
  }

  /** The session that intents are recorded under from now on; throws before it is open. */
  id(): number {
    if (this.#id === undefined) throw new Error("the ledger is not open yet");
    return this.#id;
  }

  /** Says that the process lives. A session that expired meanwhile is not revived: a new one takes its place. */
  async beat(): Promise<void> {
    const [alive] = await this.#db.query(BEAT_SESSION, [this.id(), this.#leaseMs]);
    if (alive === undefined) await this.open();
  }

  /** Removes what is older than the retention, in bounded pieces. */
  async prune(days: number, signal: AbortSignal): Promise<void> {
    for (let pruned = PIECE; pruned === PIECE && !signal.aborted;) {
      [pruned = 0] = await this.#db.query(PRUNE_CALLS, [days, PIECE]);
    }
    await this.#db.query(PRUNE_SESSIONS, [days]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#id === undefined) return;
    try {
      await this.#db.query(END_SESSION, [this.#id]);
    } catch (error) {
      // Nobody can be told while the database is down; the lease ends the session as well.
      if (!isUnavailable(error)) throw error;
    }
  }
}

const PIECE = 5_000;

async function openRow(db: Database, leaseMs: number): Promise<number> {
  const [id] = await db.query(OPEN_SESSION, [leaseMs]);
  if (id === undefined) throw new Error("the database gave no session");
  return id;
}
