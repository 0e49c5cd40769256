import { bigint, int, type Statement, text } from "@orchestrator/postgres";

import type { Beat } from "../session.ts";
import { microseconds } from "./columns.ts";

/**
 * Lengthens the lives of sessions $1 that live by $2 milliseconds, and says what they hold.
 *
 * Compare-and-set on `live`: a session that was declared dead stays dead, and is not in the answer. Rows are locked in
 * the order of their numbers, so that batches of two replicas do not deadlock.
 */
export const HEARTBEAT: Statement<Beat> = {
  name: "heartbeat",
  text: `
with l as materialized (
  select b.session_id from state.session_beat b
  where b.session_id = any($1::int8[])
  order by b.session_id
  for no key update of b),
u as (
  update state.session_beat b
  set expires_at = clock_timestamp() + $2::int8 * interval '1 millisecond'
  from l
  where b.session_id = l.session_id
    and b.state = 1
  returning b.session_id, b.expires_at)
select u.session_id, (extract(epoch from u.expires_at) * 1000000)::int8, h.n, mod(coalesce(h.hash, 0), 18446744073709551616)::text
from u
left join lateral (
  select count(*) as n,
    sum(('x' || encode(substr(sha256(uuid_send(r.run_id) || int4send(r.epoch)), 1, 8), 'hex'))::bit(64)::int8) as hash
  from state.run r
  where r.session_id = u.session_id and r.status = 2) h on true`,
  row: ([sessionId, expiresAt, count, hash]) => ({
    sessionId: int(sessionId),
    expiresAtUs: microseconds(expiresAt),
    heldCount: int(count),
    heldHash: BigInt.asUintN(64, bigint(text(hash))),
  }),
};
