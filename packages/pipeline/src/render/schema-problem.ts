import type { Json } from "@orchestrator/template";

import { openSchema } from "../json-schema.ts";

const MAX_PROBLEMS = 10;

/** What a JSON Schema has against a value; undefined for nothing (L30, L34). */
export function schemaProblem(schema: Json, value: Json): string | undefined {
  const opened = openSchema(schema);
  const problems = opened.kind === "schema" ? opened.problems(value) : [opened.message];
  return problems.length === 0 ? undefined : problems.slice(0, MAX_PROBLEMS).join("; ");
}
