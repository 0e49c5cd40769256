import { type Statement, text } from "@orchestrator/postgres";

/** The namespaces that have blobs; each is one step into the key. */
export const BLOB_NAMESPACES: Statement<string> = {
  name: "blob_namespaces",
  text: `
with recursive n as (
  (select b.namespace from state.blob b order by b.namespace limit 1)
  union all
  select (select b.namespace from state.blob b where b.namespace > n.namespace order by b.namespace limit 1)
  from n where n.namespace is not null)
select n.namespace from n where n.namespace is not null`,
  row: ([namespace]) => text(namespace),
};
