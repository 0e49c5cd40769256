import type { Json } from "@orchestrator/template";

import type { JsonObject } from "../events.ts";
import type { Plan } from "../plan.ts";
import { type RenderProblem, renderField } from "./render-field.ts";
import { submissionScope } from "./submission-scope.ts";

/** The sections of a run, or what could not be rendered. */
export type RenderedSections =
  | { readonly kind: "rendered"; readonly sections: JsonObject }
  | { readonly kind: "refused"; readonly problems: readonly RenderProblem[] };

/** Render `config`, `data`, `variables` and `context` once, with inputs in scope (L19). */
export function renderSections(plan: Plan, inputs: JsonObject): RenderedSections {
  const valueOf = (name: string): Json | undefined =>
    Object.hasOwn(inputs, name) ? inputs[name] : undefined;
  const submission = submissionScope(plan, { valueOf });
  const problems: RenderProblem[] = [];
  const sections: [string, Json][] = [];
  for (const [name, field] of Object.entries(plan.sections)) {
    const outcome = renderField(field, submission);
    if (outcome.kind === "rendered") {
      sections.push([name, outcome.value]);
    } else {
      problems.push(...outcome.problems);
    }
  }
  return problems.length === 0
    ? { kind: "rendered", sections: Object.fromEntries(sections) }
    : { kind: "refused", problems };
}
