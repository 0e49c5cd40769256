import { bytes, int, type Statement } from "@orchestrator/postgres";

import { type Message, messageKindFrom } from "../message.ts";
import { uuid } from "./columns.ts";

/** The messages of runs $1 past the numbers $2, in order within a run; found by the key of `inbox`. */
export const READ_INBOX: Statement<{ readonly runId: Uint8Array; readonly message: Message }> = {
  name: "read_inbox",
  text: `
select i.run_id, i.inbox_seq, i.kind, i.payload
from unnest($1::uuid[], $2::int4[]) as a (run_id, after_seq)
join lateral (
  select * from state.inbox i
  where i.run_id = a.run_id and i.inbox_seq > a.after_seq
  order by i.inbox_seq) i on true`,
  row: ([runId, inboxSeq, kind, payload]) => ({
    runId: uuid(runId),
    message: { inboxSeq: int(inboxSeq), kind: kindColumn(kind), payload: bytes(payload) },
  }),
};

function kindColumn(value: unknown): Message["kind"] {
  const kind = messageKindFrom(int(value));
  if (kind === undefined) {
    throw new TypeError(`the database gave a message of kind ${int(value)}`);
  }
  return kind;
}
