import { bigint, type Param, type Statement, text, texts } from "@orchestrator/postgres";

import type { Creation, EarlierRun } from "../creation.ts";
import { RUN_COLUMNS, runRow } from "./run-row.ts";

/** The runs that requests ($1 namespaces, $2 ids) made before; found by the key of `idempotency`. */
export const EARLIER_RUNS: Statement<EarlierRun> = {
  name: "earlier_runs",
  text: `
select i.namespace, i.request_id, i.digest, ${RUN_COLUMNS}
from unnest($1::text[], $2::text[]) as a (namespace, request_id)
join state.idempotency i on i.namespace = a.namespace and i.kind = 1 and i.request_id = a.request_id
join state.run r on r.run_id = i.run_id`,
  row: ([namespace, requestId, digest, ...run]) => ({
    namespace: text(namespace),
    requestId: text(requestId),
    digest: bigint(digest),
    run: runRow(run),
  }),
};

/** The parameters for some requests. */
export function earlierParams(
  requests: readonly Pick<Creation, "namespace" | "requestId">[],
): Param[] {
  return [
    texts(requests.map(({ namespace }) => namespace)),
    texts(requests.map(({ requestId }) => requestId)),
  ];
}
