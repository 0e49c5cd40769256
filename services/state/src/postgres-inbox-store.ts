import { type Database, int4s, int8s, sqlStateOf, uuids } from "@orchestrator/postgres";

import type { InboxStore, NewMessage, Sent } from "./message.ts";
import { INBOX_HEADS } from "./sql/inbox-heads.ts";
import { MESSAGE_OUTCOME } from "./sql/message-outcome.ts";
import { READ_INBOX } from "./sql/read-inbox.ts";
import { SEND_MESSAGE } from "./sql/send-message.ts";

const UNIQUE_VIOLATION = "23505";

/** Keeps messages to runs. */
export class PostgresInboxStore implements InboxStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async send({ namespace, runId, kind, dedupeKey, payload }: NewMessage): Promise<Sent> {
    const id = Buffer.from(runId).toString("hex");
    const stored = await this.#insert([id, namespace, kind, dedupeKey, payload]);
    // A statement of its own: it needs a newer snapshot than the one that found nothing to do.
    const [outcome] = await this.#db.query(MESSAGE_OUTCOME, [id, namespace, dedupeKey]);
    if (outcome === undefined) return { kind: "unknown_run" };
    const { run } = outcome;
    if (stored) return { kind: "stored", run };
    const { earlier } = outcome;
    return earlier === undefined ? { kind: "run_ended", run } : { kind: "repeated", run, earlier };
  }

  async read(
    wanted: readonly { readonly runId: Uint8Array; readonly afterSeq: number }[],
  ): ReturnType<InboxStore["read"]> {
    return this.#db.query(READ_INBOX, [
      uuids(wanted.map(({ runId }) => runId)),
      int4s(wanted.map(({ afterSeq }) => afterSeq)),
    ]);
  }

  async heads(sessionIds: readonly number[]): ReturnType<InboxStore["heads"]> {
    return this.#db.query(INBOX_HEADS, [int8s(sessionIds)]);
  }

  /** Two messages with one key may come at once: then the key itself refuses the second. */
  async #insert(params: Parameters<Database["query"]>[1]): Promise<boolean> {
    try {
      return (await this.#db.query(SEND_MESSAGE, params)).length > 0;
    } catch (error) {
      if (sqlStateOf(error) === UNIQUE_VIOLATION) return false;
      throw error;
    }
  }
}
