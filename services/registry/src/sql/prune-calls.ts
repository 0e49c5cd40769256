import { int, type Statement } from "@orchestrator/postgres";

/** Deletes the oldest calls past so many days, a bounded number at once, by the index over their start. */
export const PRUNE_CALLS: Statement<number> = {
  name: "registry_prune_calls",
  text: `
with old as (
  select namespace, call_id, ordinal from registry.model_call
  where started_at < clock_timestamp() - $1::int8 * interval '1 day'
  order by started_at limit $2
), pruned as (
  delete from registry.model_call c using old o
  where c.namespace = o.namespace and c.call_id = o.call_id and c.ordinal = o.ordinal
  returning 1
)
select count(*)::int8 from pruned`,
  row: ([count]) => int(count),
};

/** Deletes sessions that expired so many days ago; a call without its session is taken for left by a dead one. */
export const PRUNE_SESSIONS: Statement<number> = {
  name: "registry_prune_sessions",
  text: `
with pruned as (
  delete from registry.session where expires_at < clock_timestamp() - $1::int8 * interval '1 day' returning 1
)
select count(*)::int8 from pruned`,
  row: ([count]) => int(count),
};
