import { createHash } from "node:crypto";

import {
  type AttemptResult,
  autoPrompt,
  type AutoQuestion,
  autoRepair,
  fitAuto,
  type ModelUsage,
  readAutoAnswer,
  type RunEvent,
  type StepError,
  stepError,
  type TaskStep,
} from "@orchestrator/pipeline";
import type { Json } from "@orchestrator/template";

import { MODEL_TIMEOUT_MS } from "./ask-model.ts";
import { PLAIN_TEXT, requirementsFrom } from "./model-choice.ts";
import { errorFrom, usageOf } from "./model-step.ts";
import type { ChatMessage, ModelAnswer, ModelChoice, ModelFailure, Models } from "./models.ts";
import type { PerformDeps } from "./perform.ts";
import { requirementsOf, withRequired } from "./required-model.ts";
import type { Spender, Spending } from "./spending.ts";
import { tokensIn } from "./tokens.ts";
import { addUsage } from "./usage.ts";

/** A question that was answered, as it is recorded, or that was not. */
export type ResolvedAuto =
  | { readonly kind: "resolved"; readonly event: AutoResolved }
  | { readonly kind: "failed"; readonly error: StepError; readonly usage: ModelUsage | undefined };

type AutoResolved = Extract<RunEvent, { readonly kind: "auto_resolved" }>;

/** Who asks, and what for. */
export type AutoAsker = {
  readonly runId: string;
  readonly namespace: string;
  readonly models: Models;
  readonly spending: Spending;
  readonly spender: Spender;
  /** Whose fields they are; absent for outputs. */
  readonly step?: TaskStep;
  /** A further attempt asks anew what had no answer that could be used; 0 for outputs. */
  readonly attempt: number;
  readonly timeoutMs: number;
  readonly traceparent: string;
};

/** Resolves AUTO tags: by the answers that came with the run, by models, or by the tags' own defaults (L126–L131). */
export function resolveAutos(
  questions: readonly AutoQuestion[],
  asker: AutoAsker,
  signal: AbortSignal,
): Promise<readonly ResolvedAuto[]> {
  return Promise.all(questions.map((question) => resolve(question, { asker, signal })));
}

/** Who asks for the tags of a step, or of the outputs. */
export function askerOf(
  { runId, namespace, models, spending }: PerformDeps,
  {
    step,
    attempt = 0,
    usage,
    traceparent,
  }: {
    step?: TaskStep;
    attempt?: number;
    usage: ModelUsage | undefined;
    traceparent: string;
  },
): AutoAsker {
  const required = step?.requiresModel;
  return {
    runId,
    namespace,
    models,
    spending,
    spender: {
      limit: typeof required === "object" ? required.costLimit : undefined,
      spentNanoUsd: usage?.costNanoUsd ?? 0,
    },
    attempt,
    timeoutMs: step?.timeouts.attemptMs ?? MODEL_TIMEOUT_MS,
    traceparent,
    ...(step === undefined ? {} : { step }),
  };
}

/** The first failure, with what all that failed used: what was answered has been recorded with its own. */
export function failureIn(
  answers: readonly ResolvedAuto[],
): { readonly error: StepError; readonly given: AttemptResult } | undefined {
  const failed = answers.filter((answer) => answer.kind === "failed");
  const [first] = failed;
  let usage: ModelUsage | undefined;
  for (const each of failed) {
    usage = each.usage === undefined ? usage : addUsage(usage, each.usage);
  }
  return first && { error: first.error, given: usage === undefined ? {} : { usage } };
}

/** A question that nobody is asked any more. */
export function notAsked(): ResolvedAuto {
  const error = stepError("CANCELLED", "the run was cancelled before a model was asked");
  return { kind: "failed", error, usage: undefined };
}

/** Tokens that a value may take. */
const MAX_TOKENS = 1_000;
/** Times that a model is shown what is wrong with its answer (L128, L218). */
const REPAIRS = 1;

type Asking = { readonly asker: AutoAsker; readonly signal: AbortSignal };

async function resolve(question: AutoQuestion, asking: Asking): Promise<ResolvedAuto> {
  const { response } = question;
  if (response !== undefined) {
    const fitted = fitAuto(response.value, question);
    return fitted.kind === "fits"
      ? resolved(question, { value: fitted.value, by: "response" })
      : invalid(question, { problem: fitted.message, usage: undefined });
  }
  if (asking.asker.step?.requiresModel === "none") {
    const message = `${question.path} is an AUTO, and the step forbids models`;
    return { kind: "failed", error: stepError("MODEL_FORBIDDEN", message), usage: undefined };
  }
  return ask(question, asking);
}

async function ask(question: AutoQuestion, asking: Asking): Promise<ResolvedAuto> {
  const { system, user } = autoPrompt(question);
  const messages: ChatMessage[] = [
    { role: "system", content: system },
    { role: "user", content: user },
  ];
  const promptHash = createHash("sha256").update(JSON.stringify(messages)).digest("hex");
  let usage: ModelUsage | undefined;
  let choice = choiceFor(question, { asker: asking.asker, messages });
  for (let number = 1; ; number++) {
    const answer = await call(question, { asking, messages, choice, number });
    if (answer.kind === "failure") {
      return withoutAnswer(question, { failure: answer, usage });
    }
    usage = addUsage(usage, usageOf(answer));
    const fitted = readAutoAnswer(answer.text, question);
    if (fitted.kind === "fits") {
      const reason = answer.choiceReason;
      return resolved(question, { value: fitted.value, by: "model", usage, promptHash, reason });
    }
    if (number > REPAIRS) {
      return question.default === undefined
        ? invalid(question, { problem: fitted.message, usage })
        : resolved(question, { value: question.default, by: "default", usage, promptHash });
    }
    choice = { names: [`${answer.provider}/${answer.model}`] };
    messages.push(
      { role: "assistant", content: answer.text },
      { role: "user", content: autoRepair(fitted.message) },
    );
  }
}

function choiceFor(
  { attributes, instruction }: AutoQuestion,
  { asker, messages }: { asker: AutoAsker; messages: readonly ChatMessage[] },
): ModelChoice {
  const wanted =
    Object.keys(attributes).length === 0
      ? PLAIN_TEXT
      : requirementsFrom({ attributes, reason: instruction });
  const required = requirementsOf(asker.step?.requiresModel);
  const contextTokens = tokensIn({ messages }) + MAX_TOKENS;
  return { names: [], requirements: { ...withRequired(wanted, required), contextTokens } };
}

function call(
  { instance, path }: AutoQuestion,
  {
    asking,
    messages,
    choice,
    number,
  }: {
    asking: Asking;
    messages: readonly ChatMessage[];
    choice: ModelChoice;
    number: number;
  },
): Promise<ModelAnswer | ModelFailure> {
  const { asker, signal } = asking;
  const { runId, namespace, models, spender, attempt, timeoutMs, traceparent } = asker;
  // An output may be asked for by several steps at once: it is one question all the same (L32).
  const of = instance === "" ? "" : `/${attempt}`;
  return asker.spending.call(
    {
      // I11: the same question, whoever asks it, is answered and paid once.
      callId: `${runId}/auto/${nameOf(`${instance}/${path}`)}${of}/${number}`,
      namespace,
      timeoutMs,
      traceparent,
      choice,
      messages: [...messages],
      maxTokens: MAX_TOKENS,
      temperature: 0,
    },
    { models, spender, signal },
  );
}

const MAX_NAME = 300;

/** An id of a call is short and printable; a path may be neither. */
function nameOf(place: string): string {
  return place.length <= MAX_NAME && !/\p{Cc}/u.test(place)
    ? place
    : createHash("sha256").update(place).digest("hex");
}

/** L129: only the tag's own default replaces an answer. */
function withoutAnswer(
  question: AutoQuestion,
  { failure, usage }: { failure: ModelFailure; usage: ModelUsage | undefined },
): ResolvedAuto {
  const { code, message } = failure;
  if (code === "CANCELLED" || (question.default === undefined && !isUnresolved(code))) {
    const error = errorFrom({ ...failure, message: `${question.path}: ${message}` });
    return { kind: "failed", error, usage };
  }
  if (question.default !== undefined) {
    return resolved(question, { value: question.default, by: "default", usage, reason: message });
  }
  const why = `${question.path} is an AUTO, and no model can answer it: ${message}`;
  return { kind: "failed", error: stepError("AUTO_UNRESOLVED", why), usage };
}

function isUnresolved(code: ModelFailure["code"]): boolean {
  return code === "NO_ELIGIBLE_MODEL" || code === "MODEL_NOT_FOUND";
}

function invalid(
  { path }: AutoQuestion,
  { problem, usage }: { problem: string; usage: ModelUsage | undefined },
): ResolvedAuto {
  const message = `the answer for ${path} cannot be used: it ${problem}`;
  return { kind: "failed", error: stepError("AUTO_INVALID", message), usage };
}

function resolved(
  { instance: step, path }: AutoQuestion,
  {
    value,
    by,
    usage,
    promptHash,
    reason,
  }: {
    value: Json;
    by: AutoResolved["by"];
    usage?: ModelUsage | undefined;
    promptHash?: string;
    reason?: string;
  },
): ResolvedAuto {
  return {
    kind: "resolved",
    event: {
      kind: "auto_resolved",
      step,
      path,
      value,
      by,
      ...(usage === undefined ? {} : { usage }),
      ...(promptHash === undefined ? {} : { promptHash }),
      ...(reason === undefined || reason === "" ? {} : { reason }),
    },
  };
}
