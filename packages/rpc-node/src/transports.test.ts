import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";

import { Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
  Http2SessionManager,
} from "@connectrpc/connect-node";
import { RegistryService } from "@orchestrator/proto/registry/v1/registry_pb";
import { PipelineService } from "@orchestrator/proto/v1/pipeline_pb";
import { callOf, fromWireError, RpcError } from "@orchestrator/rpc";

import { clientInterceptors } from "./client-interceptors.ts";
import { serveEdge } from "./edge/serve-edge.ts";
import { serveGrpc } from "./grpc-server.ts";
import { openGrpcTransport } from "./grpc-transport.ts";
import { inProcess } from "./in-process.ts";
import { HEALTH } from "./infrastructure.ts";
import type { Surface } from "./surface.ts";
import { testSurface } from "./test-surface.fixture.ts";

type Opened = AsyncDisposable & { readonly transport: Transport };
type Open = (surface: Surface) => Promise<Opened>;

const local = { host: "127.0.0.1", port: 0 };
const interceptors = clientInterceptors({ credentials: { kind: "none" } });

const kinds: Readonly<Record<string, Open>> = {
  "grpc-js": async (surface) => {
    const server = await serveGrpc(surface, local);
    const transport = openGrpcTransport(`127.0.0.1:${server.port}`, { interceptors });
    return {
      transport,
      async [Symbol.asyncDispose]() {
        transport[Symbol.dispose]();
        await server[Symbol.asyncDispose]();
      },
    };
  },
  "in process": async (surface) => ({
    transport: inProcess(surface, { caller: "test", interceptors }),
    async [Symbol.asyncDispose]() {},
  }),
  "gRPC at the edge": (surface) => edge(surface, createGrpcTransport),
  "gRPC-Web at the edge": (surface) =>
    edge(surface, (options) => createGrpcWebTransport({ ...options, httpVersion: "2" })),
  "Connect at the edge": (surface) =>
    edge(surface, (options) => createConnectTransport({ ...options, httpVersion: "2" })),
};

async function edge(
  surface: Surface,
  open: (options: { baseUrl: string; sessionManager: Http2SessionManager }) => Transport,
): Promise<Opened> {
  const server = await serveEdge(surface, {
    ...local,
    admission: { kind: "anyone" },
    openServices: HEALTH,
    loopbackOnly: true,
    http: [],
    limits: { drainMs: 1_000 },
    onRouteError: () => undefined,
  });
  const baseUrl = `http://127.0.0.1:${server.port}`;
  const sessionManager = new Http2SessionManager(baseUrl);
  return {
    transport: open({ baseUrl, sessionManager }),
    async [Symbol.asyncDispose]() {
      sessionManager.abort();
      await server[Symbol.asyncDispose]();
    },
  };
}

for (const [name, open] of Object.entries(kinds)) {
  describe(`a call over ${name}`, () => {
    it("answers, and tells the handler what it needs to know", async () => {
      const surface = testSurface({
        listPipelines(_, context) {
          const call = callOf(context);
          assert.equal(call.method, "orchestrator.v1.PipelineService/ListPipelines");
          assert.equal(call.readOnly, true);
          assert.equal(call.requestId, "request-7");
          assert.ok((context.timeoutMs() ?? 0) > 1_000);
          return { nextPageToken: "token" };
        },
      });
      await using opened = await open(surface);
      const client = createClient(PipelineService, opened.transport);
      const answer = await client.listPipelines(
        {},
        { timeoutMs: 30_000, headers: { "x-request-id": "request-7" } },
      );
      assert.equal(answer.nextPageToken, "token");
      assert.equal(surface.reports[0]?.code, undefined);
      assert.equal(surface.reports[0]?.isInternalRead, false, "of the public contract");
    });

    it("streams both ways", async () => {
      const surface = testSurface({
        async *generate(requests) {
          for await (const { cancelled } of requests)
            yield { deltas: cancelled.map((key) => ({ key })) };
        },
      });
      await using opened = await open(surface);
      const asked = [1, 2, 3];
      const heard: number[] = [];
      const client = createClient(RegistryService, opened.transport);
      for await (const { deltas } of client.generate(frames(asked), { timeoutMs: 30_000 })) {
        heard.push(...deltas.map(({ key }) => key));
      }
      assert.deepEqual(heard, asked);
    });

    it("fails with the reason that the handler gave", async () => {
      const surface = testSurface({
        async getPipeline() {
          await Promise.resolve();
          throw new RpcError(Code.NotFound, { reason: "PIPELINE_NOT_FOUND", message: "no a" });
        },
      });
      await using opened = await open(surface);
      const error = await failure(
        createClient(PipelineService, opened.transport).getPipeline({ name: "a" }),
      );
      const { code, reason, message } = fromWireError(error);
      assert.deepEqual([code, reason, message], [Code.NotFound, "PIPELINE_NOT_FOUND", "no a"]);
      assert.equal(surface.reports[0]?.code, Code.NotFound);
    });

    it("masks what a handler did not mean to say", async () => {
      const surface = testSurface({
        getPipeline: () => Promise.reject(new Error("password=hunter2")),
        async *generate() {
          yield {};
          throw new Error("password=hunter2");
        },
      });
      await using opened = await open(surface);
      const error = await failure(
        createClient(PipelineService, opened.transport).getPipeline({ name: "a" }),
      );
      assert.equal(error.message, "[internal] internal error");
      assert.equal(error.cause instanceof Error && /hunter2/.test(error.cause.message), false);
      const stream = createClient(RegistryService, opened.transport).generate(frames([]));
      assert.equal((await failure(drain(stream))).message, "[internal] internal error");
      assert.ok(surface.reports.every(({ bug }) => bug instanceof Error));
    });

    it("says which fields are wrong", async () => {
      await using opened = await open(testSurface());
      const error = await failure(
        createClient(PipelineService, opened.transport).createPipeline({ source: "id: a" }),
      );
      const { code, reason, fieldViolations } = fromWireError(error);
      assert.deepEqual([code, reason], [Code.InvalidArgument, "REQUEST_INVALID"]);
      assert.deepEqual(
        fieldViolations.map(({ field }) => field),
        ["request_id"],
      );
    });

    it("ends at the deadline, for caller and handler alike", async () => {
      const aborted = promised<unknown>();
      const surface = testSurface({
        getPipeline: (_, { signal }) => untilAborted(signal, aborted.resolve),
      });
      await using opened = await open(surface);
      const client = createClient(PipelineService, opened.transport);
      const error = await failure(client.getPipeline({ name: "a" }, { timeoutMs: 500 }));
      assert.equal(error.code, Code.DeadlineExceeded);
      assert.equal(ConnectError.from(await aborted.promise).code, Code.DeadlineExceeded);
    });

    it("tells the handler that the caller left", async () => {
      const entered = promised<void>();
      const aborted = promised<unknown>();
      const surface = testSurface({
        getPipeline(_, { signal }) {
          entered.resolve();
          return untilAborted(signal, aborted.resolve);
        },
      });
      await using opened = await open(surface);
      const leave = new AbortController();
      const client = createClient(PipelineService, opened.transport);
      const call = failure(client.getPipeline({ name: "a" }, { signal: leave.signal }));
      await entered.promise;
      leave.abort();
      assert.equal((await call).code, Code.Canceled);
      assert.equal(ConnectError.from(await aborted.promise).code, Code.Canceled);
    });

    it("ends a stream that its reader abandons", async () => {
      const aborted = promised<unknown>();
      const surface = testSurface({
        async *generate(_, { signal }) {
          try {
            while (!signal.aborted) {
              yield {};
              await turn();
            }
          } finally {
            aborted.resolve(signal.reason);
          }
        },
      });
      await using opened = await open(surface);
      const leave = new AbortController();
      const client = createClient(RegistryService, opened.transport);
      const reading = failure(
        (async () => {
          for await (const _ of client.generate(forever(), { signal: leave.signal })) leave.abort();
        })(),
      );
      assert.equal((await reading).code, Code.Canceled);
      assert.equal(ConnectError.from(await aborted.promise).code, Code.Canceled);
    });
  });
}

function promised<T>() {
  const settle: { resolve?: (value: T) => void } = {};
  const promise = new Promise<T>((resolve) => {
    settle.resolve = resolve;
  });
  return { promise, resolve: (value: T) => settle.resolve?.(value) };
}

async function* frames(keys: readonly number[]) {
  for (const key of keys) yield { cancelled: [key] };
}

async function* forever() {
  yield { cancelled: [1] };
  await new Promise(() => undefined);
}

async function untilAborted(signal: AbortSignal, tell: (reason: unknown) => void): Promise<never> {
  if (!signal.aborted) {
    await once(signal, "abort");
  }
  tell(signal.reason);
  throw new Error("what a handler throws when it is disturbed");
}

async function drain(messages: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of messages);
}

async function failure(call: Promise<unknown>): Promise<ConnectError> {
  try {
    await call;
  } catch (error) {
    assert.ok(error instanceof ConnectError, String(error));
    return error;
  }
  return assert.fail("the call did not fail");
}
