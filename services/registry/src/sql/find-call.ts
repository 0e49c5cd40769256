import type { Statement } from "@orchestrator/postgres";

import type { Answer } from "../call.ts";
import { ANSWER_COLUMNS, answerFromColumns } from "./answer-columns.ts";

/** The recorded answer of a call, found by the primary key. */
export const FIND_CALL: Statement<Answer> = {
  name: "registry_find_call",
  text: `
select ${ANSWER_COLUMNS("c")}
from registry.model_call c
where c.namespace = $1 and c.call_id = $2 and c.status = 'answered'
limit 1`,
  row: answerFromColumns,
};
