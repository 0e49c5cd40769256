import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Client } from "@connectrpc/connect";
import type {
  GenerateRequestSchema,
  GenerateResponse,
  ModelAnswer as WireAnswer,
  ModelCallSchema,
  ModelChoiceSchema,
  ModelFailure as WireFailure,
  ModelMessageSchema,
  ModelRequirementsSchema,
  RegistryService,
  ToolCall as WireToolCall,
} from "@orchestrator/proto/registry/v1/registry_pb";
import { createOutbox, type Outbox, pause } from "@orchestrator/rpc-node";

import type {
  AnswerForm,
  ChatMessage,
  ModelAnswer,
  ModelCall,
  ModelChoice,
  ModelFailure,
  ModelFailureCode,
  ModelQuestion,
  ModelRequirements,
  Models,
  SelectedModel,
  ToolCall,
} from "../models.ts";

export type RegistryModelsOptions = {
  /** Counts milliseconds, whatever the wall clock does. */
  readonly nowMs: () => number;
};

type Outcome = ModelAnswer | ModelFailure;
type Waiting = {
  readonly call: ModelCall;
  readonly deadlineMs: number;
  readonly settle: (outcome: Outcome) => void;
};
type Frame = MessageInitShape<typeof GenerateRequestSchema>;
type Frames = Outbox<Frame>;

/** Calls that may wait for an answer at once; at the bound a call fails RATE_LIMITED and nothing is sent. */
const MAX_WAITING = 10_000;
/** A longer prompt fits into no frame, and into no model. */
const MAX_PROMPT_BYTES = 8 << 20;
/** A frame is closed when it holds so much text. */
const FRAME_BYTES = 1 << 20;
const RECONNECT_FIRST_MS = 100;
const RECONNECT_MOST_MS = 2_000;
/** The registry knows the deadline too, and says more about it: it is waited for a little. */
const GRACE_MS = 500;
/** Selecting reads configuration, and at most asks providers for their lists. */
const SELECT_MS = 15_000;

/**
 * Calls models over one stream of frames to the registry: what is asked in one turn of the event loop travels together.
 *
 * When the stream breaks, what waits is sent again on the next one, perhaps to another replica: a call carries its id,
 * so an answer that was lost is the recorded one, and nothing is paid twice (I11).
 */
export class RegistryModels implements Models, AsyncDisposable {
  readonly #client: Client<typeof RegistryService>;
  readonly #nowMs: () => number;
  readonly #closing = new AbortController();
  readonly #waiting = new Map<number, Waiting>();
  readonly #fresh: number[] = [];
  readonly #cancelled: number[] = [];
  readonly #done: Promise<void>;
  #frames: Frames | undefined;
  #wake: (() => void) | undefined;
  #nextKey = 1;
  #flushing = false;

  constructor(client: Client<typeof RegistryService>, { nowMs }: RegistryModelsOptions) {
    this.#client = client;
    this.#nowMs = nowMs;
    this.#done = this.#serve();
  }

  async select(
    { choice, inputTokens, outputTokens }: ModelQuestion,
    signal: AbortSignal,
  ): Promise<SelectedModel | ModelFailure> {
    const question = {
      choice: wireFromChoice(choice),
      inputTokens: BigInt(inputTokens),
      outputTokens: BigInt(outputTokens),
    };
    try {
      const options = { signal, timeoutMs: SELECT_MS };
      const said = await this.#client.selectModel(question, options);
      const { model, reason, code, estimateNanoUsd } = said;
      return model === undefined
        ? failure(codeNamed(code), reason)
        : {
            kind: "selected",
            model: `${model.provider}/${model.name}`,
            reason,
            estimateNanoUsd: estimateNanoUsd === undefined ? undefined : Number(estimateNanoUsd),
          };
    } catch (error) {
      signal.throwIfAborted();
      const why = error instanceof Error ? error.message : String(error);
      return failure("NETWORK", `the registry cannot be asked: ${why}`);
    }
  }

  generate(call: ModelCall, signal: AbortSignal): Promise<Outcome> {
    const refused = this.#refusal(call);
    if (refused !== undefined) return Promise.resolve(refused);
    const key = this.#nextKey++;
    return new Promise<Outcome>((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", leave);
        this.#waiting.delete(key);
      };
      const leave = (): void => {
        end();
        this.#cancel(key);
        reject(signal.reason);
      };
      const settle = (outcome: Outcome): void => {
        end();
        resolve(outcome);
      };
      const late = (): void => {
        this.#cancel(key);
        settle(tooLate(call));
      };
      const timer = setTimeout(late, call.timeoutMs + GRACE_MS);
      if (signal.aborted) {
        leave();
        return;
      }
      signal.addEventListener("abort", leave, { once: true });
      const deadlineMs = this.#nowMs() + call.timeoutMs;
      this.#waiting.set(key, { call, deadlineMs, settle });
      this.#fresh.push(key);
      this.#flushSoon();
    });
  }

  /** Calls that wait fail; the registry goes on with them, and records their answers. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    for (const { settle } of this.#waiting.values()) {
      settle(failure("CANCELLED", "the executor stops", { inDoubt: true }));
    }
    this.#frames?.end();
    this.#ring();
    await this.#done;
  }

  #refusal(call: ModelCall): ModelFailure | undefined {
    if (this.#closing.signal.aborted) return failure("CANCELLED", "the executor stops");
    if (this.#waiting.size >= MAX_WAITING) {
      const message = "too many model calls wait in this executor";
      return failure("RATE_LIMITED", message, { retryAfterMs: 1_000 });
    }
    return bytesOf(call) > MAX_PROMPT_BYTES
      ? failure("MODEL_CONTEXT_EXCEEDED", `the prompt has more than ${MAX_PROMPT_BYTES} bytes`)
      : undefined;
  }

  #cancel(key: number): void {
    const unsent = this.#fresh.indexOf(key);
    if (unsent >= 0) {
      this.#fresh.splice(unsent, 1);
    } else if (this.#frames !== undefined) {
      this.#cancelled.push(key);
      this.#flushSoon();
    }
  }

  /** One frame a turn of the event loop. */
  #flushSoon(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    setImmediate(() => {
      this.#flushing = false;
      this.#ring();
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#frames === undefined) return;
    this.#send(this.#frames, this.#fresh.splice(0));
    const cancelled = this.#cancelled.splice(0);
    if (cancelled.length > 0) this.#frames.push({ cancelled });
  }

  #send(frames: Frames, keys: Iterable<number>): void {
    let calls: MessageInitShape<typeof ModelCallSchema>[] = [];
    let bytes = 0;
    for (const key of keys) {
      const waiting = this.#waiting.get(key);
      if (waiting === undefined) continue;
      const timeoutMs = Math.max(1, Math.ceil(waiting.deadlineMs - this.#nowMs()));
      calls.push(wireFromCall(waiting.call, { key, timeoutMs }));
      bytes += bytesOf(waiting.call);
      if (bytes >= FRAME_BYTES) {
        frames.push({ calls });
        calls = [];
        bytes = 0;
      }
    }
    if (calls.length > 0) frames.push({ calls });
  }

  /** Keeps a stream open while there is something to ask. */
  async #serve(): Promise<void> {
    const { signal } = this.#closing;
    let waitMs = RECONNECT_FIRST_MS;
    for (;;) {
      await this.#work();
      if (signal.aborted) return;
      const startedMs = this.#nowMs();
      await this.#converse(signal);
      const lasted = this.#nowMs() - startedMs > RECONNECT_MOST_MS;
      waitMs = lasted ? RECONNECT_FIRST_MS : Math.min(2 * waitMs, RECONNECT_MOST_MS);
      await pause(waitMs, signal);
    }
  }

  async #converse(signal: AbortSignal): Promise<void> {
    const frames: Frames = createOutbox();
    this.#fresh.length = 0;
    this.#cancelled.length = 0;
    this.#send(frames, this.#waiting.keys());
    this.#frames = frames;
    try {
      for await (const response of this.#client.generate(frames, { signal })) {
        this.#hear(response);
      }
    } catch {
      // The stream broke: nothing is known of what waits, so all of it is sent again.
    } finally {
      this.#frames = undefined;
      frames.end();
    }
  }

  #hear({ answers, failures }: GenerateResponse): void {
    for (const answer of answers) this.#waiting.get(answer.key)?.settle(answerFromWire(answer));
    for (const failed of failures) this.#waiting.get(failed.key)?.settle(failureFromWire(failed));
  }

  async #work(): Promise<void> {
    while (this.#waiting.size === 0 && !this.#closing.signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #ring(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}

function wireFromCall(
  call: ModelCall,
  { key, timeoutMs }: { readonly key: number; readonly timeoutMs: number },
): MessageInitShape<typeof ModelCallSchema> {
  const { choice, seed, form, temperature, topP } = call;
  return {
    key,
    timeoutMs,
    callId: call.callId,
    namespace: call.namespace,
    traceparent: call.traceparent,
    choice: wireFromChoice(choice),
    messages: call.messages.map(wireFromMessage),
    tools: [...(call.tools ?? [])],
    ...(call.maxCostNanoUsd === undefined
      ? {}
      : { maxCostNanoUsd: BigInt(Math.floor(call.maxCostNanoUsd)) }),
    maxTokens: call.maxTokens,
    stop: [...(call.stop ?? [])],
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { topP }),
    ...(seed === undefined ? {} : { seed: BigInt(seed) }),
    ...(form === undefined ? {} : wireFromForm(form)),
  };
}

function wireFromChoice({
  names,
  requirements,
}: ModelChoice): MessageInitShape<typeof ModelChoiceSchema> {
  return {
    names: [...names],
    ...(requirements === undefined ? {} : { requirements: wireFromRequirements(requirements) }),
  };
}

function wireFromMessage(message: ChatMessage): MessageInitShape<typeof ModelMessageSchema> {
  switch (message.role) {
    case "system":
    case "user":
      return message;
    case "assistant":
      return { ...message, toolCalls: [...(message.toolCalls ?? [])] };
    case "tool":
      return message;
  }
}

function wireFromForm(form: AnswerForm): Pick<MessageInitShape<typeof ModelCallSchema>, "form"> {
  switch (form.kind) {
    case "text":
      return {};
    case "json":
      return { form: { schemaJson: "", name: "" } };
    case "schema":
      return { form: { schemaJson: form.schemaJson, name: form.name, strict: form.strict } };
  }
}

function wireFromRequirements(
  wanted: ModelRequirements,
): MessageInitShape<typeof ModelRequirementsSchema> {
  const { capabilities, maxCostNanoUsd, contextTokens, expertise, preferred, excluded, ...same } =
    wanted;
  return {
    ...same,
    expertise: [...(expertise ?? [])],
    preferred: [...(preferred ?? [])],
    excluded: [...(excluded ?? [])],
    capabilities: [...(capabilities ?? [])],
    contextTokens: BigInt(contextTokens ?? 0),
    ...(maxCostNanoUsd === undefined ? {} : { maxCostNanoUsd: BigInt(Math.floor(maxCostNanoUsd)) }),
  };
}

function answerFromWire(answer: WireAnswer): ModelAnswer {
  const { text, model, provider, latencyMs, finishReason, recorded, choiceReason } = answer;
  return {
    kind: "answer",
    text,
    model,
    provider,
    latencyMs,
    finishReason,
    recorded,
    choiceReason,
    inputTokens: Number(answer.inputTokens),
    outputTokens: Number(answer.outputTokens),
    costNanoUsd: answer.costUnknown ? undefined : Number(answer.costNanoUsd),
    ...(answer.toolCalls.length === 0 ? {} : { toolCalls: answer.toolCalls.map(toolCallFromWire) }),
  };
}

function toolCallFromWire({ id, name, argumentsJson }: WireToolCall): ToolCall {
  return { id, name, argumentsJson };
}

function codeNamed(code: string): ModelFailureCode {
  return CODES.find((known) => known === code) ?? "MODEL_ERROR";
}

function failureFromWire(failed: WireFailure): ModelFailure {
  const { code, message, retryAfterMs, httpStatus, inDoubt } = failed;
  return failure(codeNamed(code), message, {
    inDoubt,
    ...(retryAfterMs === 0 ? {} : { retryAfterMs }),
    ...(httpStatus === 0 ? {} : { httpStatus }),
  });
}

const CODES: readonly ModelFailureCode[] = [
  "MODEL_NOT_FOUND",
  "NO_ELIGIBLE_MODEL",
  "MODEL_CONTEXT_EXCEEDED",
  "MODEL_ERROR",
  "RATE_LIMITED",
  "AUTHENTICATION",
  "NETWORK",
  "TIMEOUT",
  "CANCELLED",
  "BUDGET_EXCEEDED",
];

function failure(
  code: ModelFailureCode,
  message: string,
  more: Partial<Pick<ModelFailure, "retryAfterMs" | "httpStatus" | "inDoubt">> = {},
): ModelFailure {
  return {
    kind: "failure",
    code,
    message,
    retryAfterMs: more.retryAfterMs,
    httpStatus: more.httpStatus,
    inDoubt: more.inDoubt ?? false,
  };
}

function tooLate({ timeoutMs }: ModelCall): ModelFailure {
  return failure("TIMEOUT", `the registry did not answer within ${timeoutMs} ms`, {
    inDoubt: true,
  });
}

function bytesOf({ messages }: ModelCall): number {
  return messages.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0);
}
