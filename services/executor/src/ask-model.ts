import { type ModelUsage, type StepError, stepError } from "@orchestrator/pipeline";
import type { Json } from "@orchestrator/template";

import { chooseModels } from "./choose-models.ts";
import { type AskedStep, askedOf, errorFrom, usageOf } from "./model-step.ts";
import { ModelTools, offersOf, toolsOf, tooManyRounds } from "./model-tools.ts";
import type { ChatMessage, ModelAnswer, ModelChoice, ModelFailure } from "./models.ts";
import type { Job, PerformDeps } from "./perform.ts";
import { readAnswer } from "./structured-answer.ts";
import { tokensIn } from "./tokens.ts";
import { addUsage } from "./usage.ts";

/** What a model step came to, with all that its calls used (L143), and the files that its tools wrote. */
export type Said = {
  readonly usage: ModelUsage | undefined;
  readonly written: readonly string[];
} & (
  | { readonly kind: "succeeded"; readonly result: Json }
  | { readonly kind: "failed"; readonly error: StepError }
);

/** Asks the model of a step: it may call tools first (L142), and mend an answer without the form that is wanted (L140). */
export async function askModel(job: Job, deps: PerformDeps): Promise<Said> {
  const { step, ready } = job;
  if (step.requiresModel === "none") {
    return refused(stepError("MODEL_FORBIDDEN", `${job.id} asks a model, and forbids to`));
  }
  const asked = askedOf(step, ready.parameters);
  if (asked.kind === "failed") {
    return refused(asked.error);
  }
  const operations = toolsOf(ready.parameters["tools"]);
  if (typeof operations === "string") {
    return refused(stepError("PARAMETER_INVALID", operations));
  }
  const { messages, maxTokens } = asked.asked;
  const tools = offersOf(operations);
  const inputTokens = tokensIn({ messages, tools });
  const { models } = deps;
  const chosen = await chooseModels(job, { models, inputTokens, outputTokens: maxTokens });
  if (chosen.kind === "failed") {
    return refused(chosen.error);
  }
  const called = new ModelTools(operations, { job, deps });
  const offered = tools.length === 0 ? {} : { tools };
  const { choice } = chosen;
  return new Conversation(job, { deps, asked: { ...asked, offered }, called, choice }).run();
}

function refused(error: StepError): Said {
  return { kind: "failed", error, usage: undefined, written: [] };
}

/** Times that a model is shown what is wrong with its structured answer (L140, L218). */
const MAX_REPAIRS = 2;
/** Times that a model may have tools called (L142, L218). */
const MAX_ROUNDS = 8;
/** Time that a model has when the step gives none. */
export const MODEL_TIMEOUT_MS = 10 * 60_000;

type Asked = Extract<AskedStep, { kind: "asked" }> & {
  readonly offered: { readonly tools?: ReturnType<typeof offersOf> };
};

/** The calls of one attempt. */
class Conversation {
  readonly #job: Job;
  readonly #deps: PerformDeps;
  readonly #asked: Asked;
  readonly #tools: ModelTools;
  readonly #messages: ChatMessage[];
  #choice: ModelChoice;
  #calls = 0;
  #usage: ModelUsage | undefined;

  constructor(
    job: Job,
    {
      deps,
      asked,
      called,
      choice,
    }: { deps: PerformDeps; asked: Asked; called: ModelTools; choice: ModelChoice },
  ) {
    this.#job = job;
    this.#deps = deps;
    this.#asked = asked;
    this.#tools = called;
    this.#messages = [...asked.asked.messages];
    this.#choice = choice;
  }

  async run(): Promise<Said> {
    for (let repairs = 0, rounds = 0; ;) {
      const answer = await this.#call();
      if (answer.kind === "failure") {
        return this.#failed(errorFrom(answer));
      }
      this.#use(answer);
      if (answer.toolCalls !== undefined && this.#asked.offered.tools !== undefined) {
        rounds += 1;
        if (rounds > MAX_ROUNDS) {
          return this.#failed(tooManyRounds(MAX_ROUNDS));
        }
        await this.#callTools(answer);
        continue;
      }
      const read = this.#read(answer);
      if (read.kind === "result") {
        const { result } = read;
        return { kind: "succeeded", result, usage: this.#usage, written: this.#tools.written };
      }
      const problems = read.problems.join("; ");
      repairs += 1;
      if (repairs > MAX_REPAIRS) {
        const message = `the answer of ${answer.model} does not have the form that is wanted: ${problems}`;
        return this.#failed(stepError("STRUCTURED_OUTPUT_INVALID", message));
      }
      this.#messages.push(
        { role: "assistant", content: answer.text },
        { role: "user", content: `That answer cannot be used: ${problems}. ${AGAIN}` },
      );
    }
  }

  #read(answer: ModelAnswer): ReturnType<typeof readAnswer> {
    const { step, ready } = this.#job;
    const trim = ready.parameters["trim"] !== false;
    return readAnswer(step, { answer, wanted: this.#asked.wanted, trim });
  }

  #failed(error: StepError): Said {
    return { kind: "failed", error, usage: this.#usage, written: this.#tools.written };
  }

  /** One after another: a call may need what the one before did. */
  async #callTools({ text, toolCalls = [] }: ModelAnswer): Promise<void> {
    this.#messages.push({ role: "assistant", content: text, toolCalls });
    for (const wish of toolCalls) {
      this.#messages.push(await this.#tools.call(wish));
    }
  }

  #call(): Promise<ModelAnswer | ModelFailure> {
    const { id, step, attempt, traceparent, used } = this.#job;
    const { runId, namespace, models, spending } = this.#deps;
    this.#calls += 1;
    const spentNanoUsd = (used?.costNanoUsd ?? 0) + (this.#usage?.costNanoUsd ?? 0);
    const required = step.requiresModel;
    const limit = typeof required === "object" ? required.costLimit : undefined;
    return spending.call(
      {
        ...this.#asked.asked,
        ...this.#asked.offered,
        choice: this.#choice,
        messages: [...this.#messages],
        // I11: the same call, whoever makes it, is answered and paid once.
        callId: `${runId}/${id}/${attempt.number}/${this.#calls}`,
        namespace,
        timeoutMs: step.timeouts.attemptMs ?? MODEL_TIMEOUT_MS,
        traceparent,
      },
      { models, spender: { limit, spentNanoUsd }, signal: attempt.signal },
    );
  }

  /** Who answered first goes on with the conversation: another model would not know what it was told to mend. */
  #use(answer: ModelAnswer): void {
    this.#usage = addUsage(this.#usage, usageOf(answer));
    this.#choice = { names: [`${answer.provider}/${answer.model}`] };
  }
}

const AGAIN = "Answer again, with the corrected JSON and nothing else.";
