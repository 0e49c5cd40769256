import {
  type Environment,
  evaluate,
  type Json,
  jsonOf,
  render,
  type UnresolvedReference,
} from "@orchestrator/template";

import type { FieldProgram } from "../engine/field-program.ts";
import { stepError } from "../engine/step-error.ts";
import type { StepError } from "../events.ts";

/** What went wrong while the fields of one step were rendered: all of it, since rendering is all or nothing (L54). */
export type RenderProblems = {
  readonly unresolved: (UnresolvedReference & { readonly path: string })[];
  failure: StepError | undefined;
};

/** No problem yet. */
export function noProblems(): RenderProblems {
  return { unresolved: [], failure: undefined };
}

/** Renders a field deeply; what fails is noted, and `null` in its place. */
export function renderField(
  program: FieldProgram,
  { env, problems }: { env: Environment; problems: RenderProblems },
): Json {
  switch (program.kind) {
    case "literal":
      return program.value;
    case "list":
      return program.items.map((item) => renderField(item, { env, problems }));
    case "object":
      return Object.fromEntries(
        program.entries.map(([key, value]) => [key, renderField(value, { env, problems })]),
      );
    case "condition": {
      const outcome = evaluate(program.condition, env);
      if (outcome.kind === "verdict") {
        return outcome.verdict;
      }
      problems.failure ??= stepError("CONDITION_ERROR", `${program.path}: ${outcome.message}`);
      return null;
    }
    case "template": {
      const outcome = render(program.template, env);
      switch (outcome.kind) {
        case "value":
          return jsonOf(outcome.value);
        case "unresolved":
          problems.unresolved.push(
            ...outcome.references.map((reference) => ({ ...reference, path: program.path })),
          );
          return null;
        case "failed":
          problems.failure ??= stepError(outcome.code, `${program.path}: ${outcome.message}`);
          return null;
      }
    }
  }
}

/** The failure that the problems amount to (L55); undefined when there are none. */
export function failureOf(
  { unresolved, failure }: RenderProblems,
  { user }: { user: string },
): StepError | undefined {
  if (unresolved.length === 0) {
    return failure;
  }
  const lines = unresolved.map(({ path, expression, nearest }) => {
    const hint = nearest === undefined ? "" : ` (did you mean ${nearest}?)`;
    return `${path}: ${expression}${hint}`;
  });
  const text = `${user} cannot be given ${lines.length === 1 ? "this" : "these"}: ${lines.join("; ")}`;
  return stepError("TEMPLATE_UNRESOLVED", text);
}
