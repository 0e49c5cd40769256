import { type ModelWish, type StepError, stepError } from "@orchestrator/pipeline";
import { type Json, textOf } from "@orchestrator/template";

import { PLAIN_TEXT, requirementsFrom } from "./model-choice.ts";
import { errorFrom } from "./model-step.ts";
import type { ModelChoice, Models } from "./models.ts";
import type { Job } from "./perform.ts";
import { requirementsOf, withRequired } from "./required-model.ts";

/** Which model is called, or why none is. */
export type ChosenModels =
  | { readonly kind: "chosen"; readonly choice: ModelChoice }
  | { readonly kind: "failed"; readonly error: StepError };

/**
 * Makes the choice of a step's model (L134, L137). What an AUTO selects is recorded before it is called, so that further
 * attempts and whoever takes the run up call the same (L130, L132).
 */
export async function chooseModels(
  job: Job,
  {
    models,
    inputTokens,
    outputTokens,
  }: { models: Models; inputTokens: number; outputTokens: number },
): Promise<ChosenModels> {
  const { step, ready } = job;
  const required = requirementsOf(step.requiresModel);
  const contextTokens = inputTokens + outputTokens;
  const hasRequirements = Object.keys(required).length > 0;
  if (ready.models === undefined) {
    return {
      kind: "chosen",
      choice: { names: [], requirements: { ...withRequired(PLAIN_TEXT, required), contextTokens } },
    };
  }
  const names: string[] = [];
  let failed: StepError | undefined;
  for (const wish of ready.models) {
    if (wish.kind === "name") {
      names.push(wish.name);
      continue;
    }
    const wanted = { ...withRequired(requirementsFrom(wish), required), contextTokens };
    const choice = { names: [], requirements: wanted };
    const selected = await selectedFor(wish, {
      job,
      models,
      question: { choice, inputTokens, outputTokens },
    });
    if (selected.kind === "failed") {
      failed ??= selected.error;
    } else {
      names.push(selected.name);
    }
  }
  if (names.length === 0) {
    const error = failed ?? stepError("MODEL_NOT_FOUND", "the step's model has no name");
    return { kind: "failed", error };
  }
  return {
    kind: "chosen",
    choice: { names, ...(hasRequirements ? { requirements: required } : {}) },
  };
}

type AutoWish = Extract<ModelWish, { readonly kind: "auto" }>;
type SelectedName =
  | { readonly kind: "selected"; readonly name: string }
  | { readonly kind: "failed"; readonly error: StepError };

async function selectedFor(
  wish: AutoWish,
  {
    job,
    models,
    question,
  }: { job: Job; models: Models; question: Parameters<Models["select"]>[0] },
): Promise<SelectedName> {
  const { attempt, autos, id } = job;
  const known = Object.hasOwn(autos, wish.path) ? autos[wish.path] : undefined;
  if (known !== undefined) {
    return { kind: "selected", name: textOf(known) };
  }
  const note = { kind: "auto_resolved", step: id, path: wish.path } as const;
  if (wish.response !== undefined) {
    const name = nameFrom(wish.response.value);
    if (name === undefined) {
      const message = `the answer for ${wish.path} cannot be used: it is no name of a model`;
      return { kind: "failed", error: stepError("AUTO_INVALID", message) };
    }
    await job.record({ ...note, value: name, by: "response" });
    return { kind: "selected", name };
  }
  const selected = await models.select(question, attempt.signal);
  if (selected.kind === "failure") {
    return { kind: "failed", error: errorFrom(selected) };
  }
  const { model, reason } = selected;
  const why = wish.reason === "" ? reason : `${wish.reason}: ${reason}`;
  await job.record({ ...note, value: model, by: "registry", reason: why });
  return { kind: "selected", name: model };
}

function nameFrom(value: Json): string | undefined {
  const name = typeof value === "string" ? textOf(value).trim() : "";
  return name === "" ? undefined : name;
}
