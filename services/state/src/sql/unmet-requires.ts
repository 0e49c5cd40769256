import { array, type Statement, text } from "@orchestrator/postgres";

/** What the best live session does not offer of the requirements $1; no row when none lives. */
export const UNMET_REQUIRES: Statement<readonly string[]> = {
  name: "unmet_requires",
  text: `
select m.missing from state.session s
cross join lateral (
  select coalesce(array_agg(q.item), '{}') as missing from unnest($1::text[]) as q (item)
  where not q.item = any (s.offers)) m
where s.state = 1
order by cardinality(m.missing)
limit 1`,
  row: ([missing]) => array(missing, text),
};
