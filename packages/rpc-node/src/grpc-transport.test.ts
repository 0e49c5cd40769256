import assert from "node:assert/strict";
import { once } from "node:events";
import * as net from "node:net";
import { describe, it } from "node:test";

import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { PipelineService } from "@orchestrator/proto/v1/pipeline_pb";

import { serveGrpc } from "./grpc-server.ts";
import { openGrpcTransport } from "./grpc-transport.ts";
import { testSurface } from "./test-surface.fixture.ts";

const local = { host: "127.0.0.1", port: 0 };

/** A path to a port that can be made to swallow everything, as a broken network does. */
async function openPath(port: number) {
  let isOpen = true;
  const sockets = new Set<net.Socket>();
  const server = net.createServer((near) => {
    const far = net.connect(port, "127.0.0.1");
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on("data", (chunk) => isOpen && to.write(chunk));
      from.on("error", () => undefined);
      from.on("close", () => to.destroy());
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  return {
    port: address.port,
    swallow: () => {
      isOpen = false;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

describe("openGrpcTransport", () => {
  it("notices a path that swallows bytes long before the deadline", async () => {
    const entered = { resolve: (): void => undefined };
    const handling = new Promise<void>((resolve) => {
      entered.resolve = resolve;
    });
    const surface = testSurface({
      listPipelines() {
        entered.resolve();
        return new Promise(() => undefined);
      },
    });
    await using server = await serveGrpc(surface, { ...local, drainLimitMs: 10 });
    await using path = await openPath(server.port);
    const keepalive = { timeMs: 100, timeoutMs: 100 };
    using transport = openGrpcTransport(`127.0.0.1:${path.port}`, { keepalive });
    const call = createClient(PipelineService, transport).listPipelines({}, { timeoutMs: 20_000 });
    await handling;
    path.swallow();
    const started = performance.now();
    await assert.rejects(call, isCode(Code.Unavailable));
    assert.ok(performance.now() - started < 5_000);
  });

  it("says that a server that is not there is unavailable", async () => {
    using transport = openGrpcTransport("127.0.0.1:1");
    const call = createClient(PipelineService, transport).listPipelines({}, { timeoutMs: 30_000 });
    await assert.rejects(call, isCode(Code.Unavailable));
  });

  it("does not send what is late already", async () => {
    const surface = testSurface();
    await using server = await serveGrpc(surface, local);
    using transport = openGrpcTransport(`127.0.0.1:${server.port}`);
    const call = createClient(PipelineService, transport).listPipelines({}, { timeoutMs: -1 });
    await assert.rejects(call, isCode(Code.DeadlineExceeded));
    assert.equal(surface.reports.length, 0);
  });

  it("refuses a message that is too large", async () => {
    await using server = await serveGrpc(testSurface(), { ...local, maxMessageBytes: 1_000 });
    using transport = openGrpcTransport(`127.0.0.1:${server.port}`);
    const source = "x".repeat(2_000);
    const call = createClient(PipelineService, transport).validatePipeline({ source });
    await assert.rejects(call, isCode(Code.ResourceExhausted));
  });

  it("leaves no listener on a signal that outlives its calls", async () => {
    await using server = await serveGrpc(testSurface(), local);
    using transport = openGrpcTransport(`127.0.0.1:${server.port}`);
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...listener: Parameters<typeof add>) => {
      listeners++;
      add(...listener);
    };
    signal.removeEventListener = (...listener: Parameters<typeof remove>) => {
      listeners--;
      remove(...listener);
    };
    const client = createClient(PipelineService, transport);
    for (let i = 0; i < 5; i++) await client.listPipelines({}, { signal });
    assert.equal(listeners, 0);
  });
});

function isCode(code: Code): (error: unknown) => boolean {
  return (error) => error instanceof ConnectError && error.code === code;
}
