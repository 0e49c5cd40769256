import type { MessageInitShape } from "@bufbuild/protobuf";
import { type Client, createClient } from "@connectrpc/connect";
import type { Database, Statement } from "@orchestrator/postgres";
import {
  type GenerateRequestSchema,
  type ModelAnswer,
  type ModelCallSchema,
  type ModelFailure,
  RegistryService,
} from "@orchestrator/proto/registry/v1/registry_pb";
import { createOutbox, openGrpcTransport } from "@orchestrator/rpc-node";
import { readSettings } from "@orchestrator/service";

import { bareModel, type Model } from "../src/model.ts";
import { type Config, configFromSettings, startRegistry } from "../src/start.ts";

/** What a test changes about a registry. */
export type Around = Partial<Config> & {
  readonly database: Database;
  /** Base URL of the scripted models; without it no provider is configured. */
  readonly url?: string;
};

export type TestRegistry = AsyncDisposable & {
  readonly client: Client<typeof RegistryService>;
  /** Stops the server, but not the client. */
  stop(): Promise<void>;
  /** Makes one call on a stream of its own. */
  call(call: CallInit, signal?: AbortSignal): Promise<Ended>;
};

export type CallInit = Omit<MessageInitShape<typeof ModelCallSchema>, "$typeName">;
export type Ended =
  | { readonly kind: "answer"; readonly answer: ModelAnswer; readonly deltas: string }
  | { readonly kind: "failure"; readonly failure: ModelFailure; readonly deltas: string };

/** The model that tests call: known in full, so that cost and window can be checked. */
export const MODEL: Model = {
  ...bareModel("scripted", "m"),
  capabilities: ["text", "json"],
  contextTokens: 1_000,
  expertise: "high",
  price: { inputNanoPerMtok: 1_000_000_000, outputNanoPerMtok: 2_000_000_000 },
};

/** Starts a registry on a free port, and a client that reaches it over real gRPC. */
export async function openRegistry({ database, url, ...config }: Around): Promise<TestRegistry> {
  const settings = readSettings({
    env: {},
    flags: { "logging.output": "none", "monitoring.tracing.enabled": "false" },
  });
  const server = await startRegistry(
    {
      ...configFromSettings(settings),
      providers:
        url === undefined
          ? []
          : [{ name: "scripted", baseUrl: url, apiKey: undefined, requestsPerMinute: undefined }],
      models: [MODEL],
      aliases: new Map([["alias", "scripted/m"]]),
      defaultModel: undefined,
      maxAttempts: 3,
      ...config,
    },
    { database, listen: "ephemeral", random: () => 0 },
  );
  const transport = openGrpcTransport(`127.0.0.1:${server.ports.grpc}`);
  const client = createClient(RegistryService, transport);
  return {
    client,
    stop: async () => server[Symbol.asyncDispose](),
    call: (call, signal) => callOnce(client, call, signal),
    async [Symbol.asyncDispose]() {
      transport[Symbol.dispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** Makes one call on a stream of its own. */
export async function callOnce(
  client: Client<typeof RegistryService>,
  call: CallInit,
  signal?: AbortSignal,
): Promise<Ended> {
  const frames = createOutbox<MessageInitShape<typeof GenerateRequestSchema>>();
  frames.push({ calls: [{ ...call, key: 1 }] });
  let deltas = "";
  for await (const frame of client.generate(frames, signal === undefined ? {} : { signal })) {
    deltas += frame.deltas.map(({ text }) => text).join("");
    const [answer] = frame.answers;
    const [failure] = frame.failures;
    if (answer !== undefined || failure !== undefined) frames.end();
    if (answer !== undefined) return { kind: "answer", answer, deltas };
    if (failure !== undefined) return { kind: "failure", failure, deltas };
  }
  throw new Error("the stream ended without an answer");
}

/** A call of the model that tests call. */
export function callOf(callId: string, more: CallInit = {}): CallInit {
  return {
    callId,
    namespace: "default",
    timeoutMs: 5_000,
    choice: { names: ["m"] },
    messages: [{ role: "user", content: "Hello there" }],
    maxTokens: 100,
    ...more,
  };
}

export type LedgerRow = {
  readonly ordinal: number;
  readonly status: string;
  readonly costNanoUsd: number | undefined;
  readonly reserveNanoUsd: number | undefined;
};

/** The tries of a call, as the ledger has them. */
export function ledgerRows(database: Database, callId: string): Promise<readonly LedgerRow[]> {
  return database.query(ROWS, [callId]);
}

const ROWS: Statement<LedgerRow> = {
  name: "test_ledger_rows",
  text: `
select ordinal, status, cost_nano_usd, reserve_nano_usd from registry.model_call where call_id = $1 order by ordinal`,
  row: ([ordinal, status, cost, reserve]) => ({
    ordinal: Number(ordinal),
    status: String(status),
    costNanoUsd: cost === null ? undefined : Number(cost),
    reserveNanoUsd: reserve === null ? undefined : Number(reserve),
  }),
};

/** Waits until something is true, such as that a process has started on a busy machine; in vain for 20 s, it fails. */
export async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  const untilMs = performance.now() + 20_000;
  while (performance.now() < untilMs) {
    if (await isTrue()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error("it did not become true");
}
