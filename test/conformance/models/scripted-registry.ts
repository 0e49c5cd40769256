import { createClient } from "@connectrpc/connect";
import { RegistryService } from "@orchestrator/proto/registry/v1/registry_pb";
import { inProcess } from "@orchestrator/rpc-node";
import { answerOf, kindOf } from "@orchestrator/scripted-models";

import { RegistryModels } from "../../../services/executor/src/adapters/registry-models.ts";
import type { Answer, CallKey, Prompt } from "../../../services/registry/src/call.ts";
import { Flights } from "../../../services/registry/src/flights.ts";
import type { Begun, Ledger, Settlement } from "../../../services/registry/src/ledger.ts";
import { bareModel, type Model } from "../../../services/registry/src/model.ts";
import { performCall } from "../../../services/registry/src/perform-call.ts";
import type { ProviderAnswer, ProviderError } from "../../../services/registry/src/provider.ts";
import { routes } from "../../../services/registry/src/routes.ts";
import { type Offer, select } from "../../../services/registry/src/selection.ts";
import type { ModelCase, ModelReply, ScriptedModel } from "../case.ts";

/** A request as a model got it. */
export type Asked = { readonly model: string; readonly prompt: Prompt };

/** The registry with models that answer by a script, in this process and without a database. */
export type ScriptedRegistry = AsyncDisposable & {
  /** What an executor calls; another one after the first has died. */
  readonly connect: () => RegistryModels;
  readonly asked: readonly Asked[];
};

/** Opens the registry of a case. */
export function openScriptedRegistry(each: ModelCase): ScriptedRegistry {
  const asked: Asked[] = [];
  const offer = offerOf(each);
  const replies = each.replies ?? [];
  const choose = (choice: Parameters<typeof select>[0]) => Promise.resolve(select(choice, offer));
  const deps = {
    ledger: memoryLedger(),
    providers: {
      async generate({ model, prompt }: { model: string; prompt: Prompt }) {
        asked.push({ model, prompt });
        const reply = replies[asked.length - 1] ?? replies.at(-1);
        return reply === undefined ? byKind({ model, prompt }) : answerFrom(reply);
      },
    },
    choose,
    observer: {
      attemptStarted: () => ({ traceparent: "", ended: () => undefined }),
      callAnswered: () => undefined,
      callFailed: () => undefined,
      ledgerFailed: () => undefined,
    },
    maxAttempts: 1,
    nowMs: () => performance.now(),
    random: () => 0,
    sleep: () => Promise.resolve(),
  };
  const flights = new Flights({
    perform: (performance) => performCall(deps, performance),
    nowMs: () => performance.now(),
    onEnd: () => undefined,
  });
  const surface = {
    routes: routes({ flights, choose, offer: () => Promise.resolve(offer) }),
    interceptors: [],
  };
  const opened: RegistryModels[] = [];
  return {
    asked,
    connect() {
      const transport = inProcess(surface, { caller: "executor" });
      const client = createClient(RegistryService, transport);
      const models = new RegistryModels(client, { nowMs: () => performance.now() });
      opened.push(models);
      return models;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(opened.map((models) => models[Symbol.asyncDispose]()));
      await flights[Symbol.asyncDispose]();
    },
  };
}

const PLAIN: readonly ScriptedModel[] = [{ name: "m", capabilities: ["text", "json", "tools"] }];

function offerOf({ models = PLAIN, aliases = {} }: ModelCase): Offer {
  const providers = [...new Set(["scripted", ...models.map(providerOf)])];
  return {
    models: models.map(modelFrom),
    named: [],
    providers: models.length === 0 ? [] : providers.map((name) => ({ name, open: false })),
    aliases: new Map(Object.entries(aliases)),
    defaultModel: undefined,
  };
}

function providerOf({ provider = "scripted" }: ScriptedModel): string {
  return provider;
}

function modelFrom(facts: ScriptedModel): Model {
  const { name, capabilities, context, expertise, size, accuracy, latency_ms: latencyMs } = facts;
  const { input_usd_per_mtok: input, output_usd_per_mtok: output } = facts;
  const levels = ["low", "medium", "medium-high", "high", "very-high"] as const;
  return {
    ...bareModel(providerOf(facts), name),
    capabilities,
    contextTokens: context,
    expertise: levels.find((level) => level === expertise),
    size,
    accuracy,
    latencyMs,
    price:
      input === undefined || output === undefined
        ? undefined
        : { inputNanoPerMtok: input * 1e9, outputNanoPerMtok: output * 1e9 },
  };
}

function answerFrom(reply: ModelReply): ProviderAnswer | ProviderError {
  if ("trouble" in reply) {
    const { trouble } = reply;
    return { kind: "error", class: trouble, message: trouble, mayHavePaid: false };
  }
  if ("tool_calls" in reply) {
    const toolCalls = reply.tool_calls.map(({ name, arguments: given }, at) => ({
      id: `call_${at + 1}`,
      name,
      argumentsJson: JSON.stringify(given),
    }));
    return { kind: "answer", text: "", usage: USAGE, finishReason: "tool_calls", toolCalls };
  }
  const [inputTokens, outputTokens] = reply.usage ?? [USAGE.inputTokens, USAGE.outputTokens];
  const usage = { inputTokens, outputTokens };
  return { kind: "answer", text: reply.text, usage, finishReason: "stop" };
}

const USAGE = { inputTokens: 10, outputTokens: 5 };

/** As the server of scripted models answers what no script is for. */
function byKind({ model, prompt }: Asked): ProviderAnswer {
  const { form, messages, maxTokens, stop } = prompt;
  const request = {
    model,
    messages: messages.map(({ role, content }) => ({ role, content })),
    stream: false,
    includeUsage: false,
    maxTokens,
    stop,
    form: form === undefined ? ("text" as const) : { schema: form.schema },
    tools: [],
  };
  const answer = answerOf(request, kindOf(request));
  return { kind: "answer", text: answer.text, usage: USAGE, finishReason: "stop" };
}

/** What was answered once is answered so for ever (I11). */
function memoryLedger(): Ledger {
  const answers = new Map<string, Answer>();
  const find = (key: CallKey): Answer | undefined => {
    const answer = answers.get(keyOf(key));
    return answer && { ...answer, recorded: true };
  };
  return {
    async begin(intent): Promise<Begun> {
      const answer = find(intent);
      return answer === undefined ? { kind: "opened", ordinal: 1 } : { kind: "recorded", answer };
    },
    async find(key) {
      return find(key);
    },
    async settle(ref, { answer }: Settlement) {
      answers.set(keyOf(ref), answer);
      return true;
    },
    async end() {
      // Nothing is kept of a try without an answer.
    },
  };
}

function keyOf({ namespace, callId }: CallKey): string {
  return `${namespace}/${callId}`;
}
