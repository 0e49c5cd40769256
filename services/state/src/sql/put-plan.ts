import { none, type Statement } from "@orchestrator/postgres";

/** Stores the plan $4 of version $3 of a document ($1 namespace, $2 hash). */
export const PUT_PLAN: Statement<undefined> = {
  name: "put_plan",
  text: `
insert into state.plan (namespace, document_hash, plan_version, plan)
values ($1::text, $2::bytea, $3::int4, $4::bytea)
on conflict do nothing`,
  row: none,
};
