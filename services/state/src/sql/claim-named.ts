import type { Statement } from "@orchestrator/postgres";

import {
  ASSIGNMENT_COLUMNS,
  assignmentRow,
  type AssignmentRow,
  FIRST_EVENT,
} from "./assignment-row.ts";

/** Gives those of the runs $3 that are ready to the session $1, at most $2; found by `run_pkey`, else as `CLAIM`. */
export const CLAIM_NAMED: Statement<AssignmentRow> = {
  name: "claim_named",
  text: `
with s as materialized (
  select session_id, offers from state.session
  where session_id = $1::int8
    and state = 1
  for share),
c as materialized (
  select r.run_id from state.run r
  where r.run_id = any($3::uuid[])
    and r.status = 1
    and (select count(*) from s) = 1
    and (r.requires is null or r.requires <@ (select offers from s))
  order by r.run_id
  limit $2::int4
  for no key update skip locked),
u as (
  update state.run r
  set status = 2, session_id = $1::int8, epoch = r.epoch + 1
  from c
  where r.run_id = c.run_id
  returning r.*)
select ${ASSIGNMENT_COLUMNS}, e.payload, e.form
from u r ${FIRST_EVENT}`,
  row: assignmentRow,
};
