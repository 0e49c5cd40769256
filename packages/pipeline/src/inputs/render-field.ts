import {
  type Budget,
  createBudget,
  DateTime,
  type Environment,
  type Json,
  jsonOf,
  parseTemplate,
  type ParseOptions,
  render,
  type Scope,
} from "@orchestrator/template";

import type { Field } from "../plan.ts";

/** A rendered value, or everything that went wrong. */
export type RenderedField =
  | { readonly kind: "rendered"; readonly value: Json }
  | { readonly kind: "refused"; readonly problems: readonly RenderProblem[] };

/** What went wrong, with the path of the field. */
export type RenderProblem = { readonly path: string; readonly message: string };

/** What rendering before a run needs: names, and how they are spelt. */
export type SubmissionScope = {
  readonly scope: Scope;
  readonly names: () => readonly string[];
  readonly parsing: ParseOptions;
};

/** Render a field before its run starts, with nothing but inputs in scope. */
export function renderField(field: Field, submission: SubmissionScope): RenderedField {
  const problems: RenderProblem[] = [];
  const value = valueOf(field, { submission, budget: createBudget(), problems });
  return problems.length === 0 ? { kind: "rendered", value } : { kind: "refused", problems };
}

type Rendering = {
  readonly submission: SubmissionScope;
  readonly budget: Budget;
  readonly problems: RenderProblem[];
};

function valueOf(field: Field, rendering: Rendering): Json {
  switch (field.kind) {
    case "literal":
      return field.value;
    case "template":
      return templateValue(field, rendering);
    case "list":
      return field.items.map((item) => valueOf(item, rendering));
    case "object":
      return Object.fromEntries(
        field.entries.map(([key, value]) => [key, valueOf(value, rendering)]),
      );
  }
}

function templateValue(
  { source, path }: { source: string; path: string },
  { submission, budget, problems }: Rendering,
): Json {
  const parsed = parseTemplate(source, submission.parsing);
  if (parsed.kind === "refused") {
    problems.push(...parsed.problems.map(({ message }) => ({ path, message })));
    return null;
  }
  const rendered = render(parsed.value, environmentOf(submission, budget));
  switch (rendered.kind) {
    case "value":
      return jsonOf(rendered.value);
    case "failed":
      problems.push({ path, message: rendered.message });
      return null;
    case "unresolved":
      for (const { expression, nearest } of rendered.references) {
        const tail = nearest === undefined ? "" : `; did you mean ${nearest}?`;
        problems.push({ path, message: `nothing is known of ${expression}${tail}` });
      }
      return null;
  }
}

/** No function of the run is called before it starts: the compiler refuses those that would be. */
function environmentOf({ scope, names }: SubmissionScope, budget: Budget): Environment {
  return { scope, names, budget, host: { now: () => new DateTime(0), call: () => null } };
}
