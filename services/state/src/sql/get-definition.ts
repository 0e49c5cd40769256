import { bytes, optional, type Statement, text } from "@orchestrator/postgres";

/** A document's text and its plan of version $3, if there is one ($1 namespace, $2 hash). */
export const GET_DEFINITION: Statement<{
  readonly source: string;
  readonly plan: Uint8Array | undefined;
}> = {
  name: "get_definition",
  text: `
select d.source, p.plan
from state.definition d
left join state.plan p
  on p.namespace = d.namespace and p.document_hash = d.document_hash and p.plan_version = $3::int4
where d.namespace = $1::text and d.document_hash = $2::bytea`,
  row: ([source, plan]) => ({ source: text(source), plan: optional(plan, bytes) }),
};
