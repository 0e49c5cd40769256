import type { Statement } from "@orchestrator/postgres";

import {
  ASSIGNMENT_COLUMNS,
  assignmentRow,
  type AssignmentRow,
  FIRST_EVENT,
} from "./assignment-row.ts";

/**
 * Gives ready runs to a session ($1), at most $2, in the order of `run_claim`.
 *
 * The session row is held for share, so that its death waits for the claim and finds what was claimed; a dead session
 * claims nothing. Runs that another claim has locked are skipped, not waited for.
 */
export const CLAIM: Statement<AssignmentRow> = {
  name: "claim",
  text: `
with s as materialized (
  select session_id, offers from state.session
  where session_id = $1::int8
    and state = 1
  for share),
c as materialized (
  select r.run_id from state.run r
  where r.status = 1
    and r.queue = 1
    and (select count(*) from s) = 1
    and (r.requires is null or r.requires <@ (select offers from s))
  order by r.priority desc, r.start_tag, r.run_id
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
