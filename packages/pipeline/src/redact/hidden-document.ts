import type { Json } from "@orchestrator/template";

import type { ResultDocument } from "../document/result-document.ts";
import type { StepDocument } from "../document/step-document.ts";
import { idOf } from "../engine/frame.ts";
import { instancesOf, type RunState } from "../engine/run-state.ts";
import type { JsonObject } from "../events.ts";
import { hiddenOf } from "./hidden.ts";
import { HIDDEN, type Redactor } from "./redactor.ts";

/** The document of a run without its sensitive values (L165). */
export function hideInDocument(document: ResultDocument, state: RunState): ResultDocument {
  const hidden = hiddenOf(state);
  if (hidden === undefined) {
    return document;
  }
  const { redactor } = hidden;
  const sensitive = new Set(
    instancesOf(state)
      .filter((each) => hidden.hides(each))
      .map(idOf),
  );
  return {
    ...document,
    error: shown(document.error, redactor),
    steps: Object.fromEntries(
      Object.entries(document.steps).map(([id, step]) => [
        id,
        hideInStep(step, { redactor, isSensitive: sensitive.has(id) }),
      ]),
    ),
    outputs: hidden.outputs(document.outputs),
    artifacts: document.artifacts.map((artifact) => withPath(artifact, redactor)),
    warnings: document.warnings.map((warning) => withMessage(warning, redactor)),
  };
}

function hideInStep(
  step: StepDocument,
  { redactor, isSensitive }: { readonly redactor: Redactor; readonly isSensitive: boolean },
): StepDocument {
  return {
    ...step,
    value: redactor.json(isSensitive ? withoutResult(step.value) : step.value),
    error: shown(step.error, redactor),
    attempt_log: step.attempt_log.map((attempt) => ({
      ...attempt,
      error: shown(attempt.error, redactor),
    })),
    artifacts: step.artifacts.map((artifact) => withPath(artifact, redactor)),
    location: shown(step.location, redactor),
    warnings: step.warnings.map((warning) => withMessage(warning, redactor)),
  };
}

function withoutResult(value: Json): Json {
  return isObject(value) ? { ...value, result: HIDDEN } : value;
}

function isObject(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function shown(text: string | null, redactor: Redactor): string | null {
  return text === null ? null : redactor.text(text);
}

function withPath<T extends { readonly path: string }>(artifact: T, redactor: Redactor): T {
  return { ...artifact, path: redactor.text(artifact.path) };
}

function withMessage<T extends { readonly message: string }>(warning: T, redactor: Redactor): T {
  return { ...warning, message: redactor.text(warning.message) };
}
