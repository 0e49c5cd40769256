import {
  type Environment,
  evaluate,
  type Json,
  jsonOf,
  render,
  textOf,
  type UnresolvedReference,
} from "@orchestrator/template";

import type { AutoProgram, FieldProgram } from "../engine/field-program.ts";
import { stepError } from "../engine/step-error.ts";
import type { StepError } from "../events.ts";
import type { AutoReader } from "./auto-reader.ts";

/** What went wrong while the fields of one step were rendered: all of it, since rendering is all or nothing (L54). */
export type RenderProblems = {
  readonly unresolved: (UnresolvedReference & { readonly path: string })[];
  failure: StepError | undefined;
};

/** No problem yet. */
export function noProblems(): RenderProblems {
  return { unresolved: [], failure: undefined };
}

/** What rendering a field takes. */
export type FieldRendering = {
  readonly env: Environment;
  readonly problems: RenderProblems;
  readonly autos: AutoReader;
};

/** Renders a field deeply; what fails, or has to wait for an answer, is noted, and `null` in its place. */
export function renderField(program: FieldProgram, rendering: FieldRendering): Json {
  switch (program.kind) {
    case "literal":
      return program.value;
    case "list":
      return program.items.map((item) => renderField(item, rendering));
    case "object":
      return Object.fromEntries(
        program.entries.map(([key, value]) => [key, renderField(value, rendering)]),
      );
    case "condition":
      return conditionValue(program, rendering);
    case "template":
      return templateValue(program, rendering);
  }
}

function conditionValue(
  { condition, path, autos }: Extract<FieldProgram, { kind: "condition" }>,
  rendering: FieldRendering,
): Json {
  const env = environmentFor(autos, rendering);
  if (env === undefined) {
    return null;
  }
  const outcome = evaluate(condition, env);
  if (outcome.kind === "verdict") {
    return outcome.verdict;
  }
  const { problems } = rendering;
  problems.failure ??= stepError("CONDITION_ERROR", `${path}: ${outcome.message}`);
  return null;
}

function templateValue(
  { template, path, autos }: Extract<FieldProgram, { kind: "template" }>,
  rendering: FieldRendering,
): Json {
  const env = environmentFor(autos, rendering);
  if (env === undefined) {
    return null;
  }
  const { problems } = rendering;
  const outcome = render(template, env);
  switch (outcome.kind) {
    case "value":
      return jsonOf(outcome.value);
    case "unresolved":
      problems.unresolved.push(...outcome.references.map((reference) => ({ ...reference, path })));
      return null;
    case "failed":
      problems.failure ??= stepError(outcome.code, `${path}: ${outcome.message}`);
      return null;
  }
}

/** The environment with the values of tags; undefined while one of them has none (L125, L127). */
export function environmentFor(
  programs: readonly AutoProgram[],
  rendering: FieldRendering,
): Environment | undefined {
  const { env, autos } = rendering;
  if (programs.length === 0) {
    return env;
  }
  const values = new Map<string, Json>();
  for (const { auto, body } of programs) {
    const answer = autos.answerTo(auto.path);
    if (answer === undefined) {
      askFor({ auto, body }, rendering);
    } else {
      values.set(auto.name, answer.value);
    }
  }
  return values.size < programs.length ? undefined : withNames(env, values);
}

/** Tags inside the body are asked for first: without their values there is no instruction. */
function askFor({ auto, body }: AutoProgram, rendering: FieldRendering): void {
  const { autos, problems } = rendering;
  const why = autos.unanswered(auto.path);
  if (why !== undefined) {
    problems.failure ??= stepError("AUTO_UNRESOLVED", why);
    return;
  }
  const before = autos.questions.length;
  const unresolved = problems.unresolved.length;
  const instruction = renderField(body, rendering);
  const isWhole =
    autos.questions.length === before &&
    problems.unresolved.length === unresolved &&
    problems.failure === undefined;
  if (isWhole) {
    autos.ask(auto, textOf(instruction));
  }
}

function withNames(env: Environment, values: ReadonlyMap<string, Json>): Environment {
  const { scope } = env;
  const lookup: typeof scope.lookup = (name) =>
    values.get(name) ?? (values.has(name) ? null : scope.lookup(name));
  return { ...env, scope: { ...scope, lookup } };
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
