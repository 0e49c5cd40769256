import { type ModelUsage, type StepError, stepError } from "@orchestrator/pipeline";
import type { Json } from "@orchestrator/template";

import { type AskedStep, askedOf, errorFrom, usageOf } from "./model-step.ts";
import type { ChatMessage, ModelAnswer, ModelChoice, Models } from "./models.ts";
import type { Job } from "./perform.ts";
import { readAnswer } from "./structured-answer.ts";
import { addUsage } from "./usage.ts";

/** What a model step came to, with all that its calls used (L143). */
export type Said =
  | { readonly kind: "succeeded"; readonly result: Json; readonly usage: ModelUsage }
  | { readonly kind: "failed"; readonly error: StepError; readonly usage: ModelUsage | undefined };

type ModelDeps = { readonly runId: string; readonly namespace: string; readonly models: Models };

/** Asks the model of a step, and asks again where its answer has not the form that is wanted (L140). */
export async function askModel(job: Job, deps: ModelDeps): Promise<Said> {
  const { step, ready } = job;
  const asked = askedOf(step, { parameters: ready.parameters, names: ready.models });
  return asked.kind === "failed"
    ? { ...asked, usage: undefined }
    : new Conversation(job, { deps, asked }).run();
}

/** Times that a model is shown what is wrong with its structured answer (L140, L218). */
const MAX_REPAIRS = 2;
/** Time that a model has when the step gives none. */
const MODEL_TIMEOUT_MS = 10 * 60_000;

/** The calls of one attempt. */
class Conversation {
  readonly #job: Job;
  readonly #deps: ModelDeps;
  readonly #asked: Extract<AskedStep, { kind: "asked" }>;
  readonly #messages: ChatMessage[];
  #choice: ModelChoice;
  #calls = 0;
  #usage: ModelUsage | undefined;

  constructor(
    job: Job,
    { deps, asked }: { deps: ModelDeps; asked: Extract<AskedStep, { kind: "asked" }> },
  ) {
    this.#job = job;
    this.#deps = deps;
    this.#asked = asked;
    this.#messages = [...asked.asked.messages];
    this.#choice = asked.asked.choice;
  }

  async run(): Promise<Said> {
    const { step, ready } = this.#job;
    const trim = ready.parameters["trim"] !== false;
    for (let repairs = 0; ; repairs++) {
      const answer = await this.#call();
      if (answer.kind === "failure") {
        return { kind: "failed", error: errorFrom(answer), usage: this.#usage };
      }
      const usage = this.#use(answer);
      const read = readAnswer(step, { answer, wanted: this.#asked.wanted, trim });
      if (read.kind === "result") {
        return { kind: "succeeded", result: read.result, usage };
      }
      const problems = read.problems.join("; ");
      if (repairs === MAX_REPAIRS) {
        const message = `the answer of ${answer.model} does not have the form that is wanted: ${problems}`;
        return { kind: "failed", error: stepError("STRUCTURED_OUTPUT_INVALID", message), usage };
      }
      this.#messages.push(
        { role: "assistant", content: answer.text },
        { role: "user", content: `That answer cannot be used: ${problems}. ${AGAIN}` },
      );
    }
  }

  #call(): ReturnType<Models["generate"]> {
    const { step, attempt, traceparent } = this.#job;
    const { runId, namespace, models } = this.#deps;
    this.#calls += 1;
    return models.generate(
      {
        ...this.#asked.asked,
        choice: this.#choice,
        messages: [...this.#messages],
        // I11: the same call, whoever makes it, is answered and paid once.
        callId: `${runId}/${step.id}/${attempt.number}/${this.#calls}`,
        namespace,
        timeoutMs: step.timeouts.attemptMs ?? MODEL_TIMEOUT_MS,
        traceparent,
      },
      attempt.signal,
    );
  }

  /** Who answered first goes on with the conversation: another model would not know what it was told to mend. */
  #use(answer: ModelAnswer): ModelUsage {
    const usage = addUsage(this.#usage, usageOf(answer));
    this.#usage = usage;
    this.#choice = { names: [`${answer.provider}/${answer.model}`] };
    return usage;
  }
}

const AGAIN = "Answer again, with the corrected JSON and nothing else.";
