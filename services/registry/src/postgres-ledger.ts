import type { Database } from "@orchestrator/postgres";

import { type Batch, createBatch } from "./batch.ts";
import type { Answer, CallKey } from "./call.ts";
import type { Begun, Intent, IntentEnd, IntentRef, Ledger, Settlement } from "./ledger.ts";
import { LIMITS } from "./limits.ts";
import { BEGIN_CALLS, beginCallsParams } from "./sql/begin-calls.ts";
import { END_CALLS, endCallsParams } from "./sql/end-calls.ts";
import { FIND_CALL } from "./sql/find-call.ts";
import { SETTLE_CALLS, settleCallsParams } from "./sql/settle-calls.ts";

/** The ledger in the schema `registry`; what comes together is written together. */
export class PostgresLedger implements Ledger {
  readonly #db: Database;
  readonly #begin: Batch<Intent, Begun>;
  readonly #settle: Batch<{ ref: IntentRef; settlement: Settlement }, boolean>;
  readonly #end: Batch<{ ref: IntentRef; end: IntentEnd }, true>;

  constructor(db: Database, session: { readonly id: () => number }) {
    const bound = { maxItems: LIMITS.ledgerBatch };
    this.#db = db;
    this.#begin = createBatch(
      (intents) => db.query(BEGIN_CALLS, beginCallsParams(session.id(), intents)),
      bound,
    );
    this.#settle = createBatch(
      (settled) => db.query(SETTLE_CALLS, settleCallsParams(settled)),
      bound,
    );
    this.#end = createBatch(async (ended) => {
      await db.query(END_CALLS, endCallsParams(ended));
      return ended.map(() => true as const);
    }, bound);
  }

  begin(intent: Intent): Promise<Begun> {
    return this.#begin(intent);
  }

  async find({ namespace, callId }: CallKey): Promise<Answer | undefined> {
    const [answer] = await this.#db.query(FIND_CALL, [namespace, callId]);
    return answer;
  }

  settle(ref: IntentRef, settlement: Settlement): Promise<boolean> {
    return this.#settle({ ref, settlement });
  }

  async end(ref: IntentRef, end: IntentEnd): Promise<void> {
    await this.#end({ ref, end });
  }
}
