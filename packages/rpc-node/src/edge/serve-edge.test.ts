import assert from "node:assert/strict";
import { once } from "node:events";
import * as http2 from "node:http2";
import * as net from "node:net";
import { text } from "node:stream/consumers";
import { describe, it } from "node:test";
import { connect as connectTls } from "node:tls";

import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { PipelineService } from "@orchestrator/proto/v1/pipeline_pb";
import type { Admission } from "@orchestrator/rpc";

import { HEALTH } from "../infrastructure.ts";
import { createKeyRing } from "../key-ring.ts";
import { type Handlers, testSurface } from "../test-surface.fixture.ts";
import type { EdgeOptions } from "./edge-options.ts";
import { LOCALHOST_CERT, LOCALHOST_KEY } from "./localhost.fixture.ts";
import { serveEdge } from "./serve-edge.ts";

const keyed: Admission = {
  kind: "keys",
  keys: createKeyRing([{ key: "right", keyId: "k", namespace: "default" }], "pepper"),
};
const listing = "/orchestrator.v1.PipelineService/ListPipelines";

async function open(
  options: Partial<EdgeOptions> = {},
  handlers: Handlers = {},
): Promise<AsyncDisposable & { url: string; port: number; routeErrors: unknown[] }> {
  const { admission = { kind: "anyone" } } = options;
  const routeErrors: unknown[] = [];
  const server = await serveEdge(testSurface(handlers, { admission }), {
    host: "127.0.0.1",
    port: 0,
    admission,
    openServices: HEALTH,
    loopbackOnly: admission.kind === "anyone",
    http: [
      { path: "/health", open: true, handle: (_, response) => void response.end("fine") },
      { path: "/v1/", open: false, errors: "openai", handle: (_, response) => void response.end() },
      {
        path: "/broken",
        open: true,
        handle() {
          throw new Error("broken");
        },
      },
    ],
    onRouteError: (thrown) => routeErrors.push(thrown),
    ...options,
    limits: { drainMs: 500, ...options.limits },
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    port: server.port,
    routeErrors,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

describe("serveEdge", () => {
  it("answers JSON over HTTP/1, and reads by GET", async () => {
    await using edge = await open();
    const posted = await fetch(edge.url + listing, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{}",
    });
    assert.deepEqual(await posted.json(), { nextPageToken: "next" });
    const got = await fetch(`${edge.url}${listing}?encoding=json&message=%7B%7D`);
    assert.deepEqual(await got.json(), { nextPageToken: "next" });
  });

  it("refuses a field that the message does not have", async () => {
    await using edge = await open();
    const answer = await fetch(edge.url + listing, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"pageSise":1}',
    });
    assert.equal(answer.status, 400);
  });

  it("serves other routes beside RPC, over HTTP/2 too, and says what is not there", async () => {
    await using edge = await open();
    assert.equal(await (await fetch(`${edge.url}/health?verbose`)).text(), "fine");
    assert.equal((await fetch(`${edge.url}/nowhere`)).status, 404);
    const session = http2.connect(edge.url);
    assert.equal(await text(session.request({ ":path": "/health" })), "fine");
    session.close();
  });

  it("answers 500 for a route that throws, and tells its owner", async () => {
    await using edge = await open();
    assert.equal((await fetch(`${edge.url}/broken`)).status, 500);
    assert.match(String(edge.routeErrors[0]), /broken/);
  });

  it("wants a key before it looks at anything else", async () => {
    await using edge = await open({ admission: keyed });
    const requests: RequestInit[] = [
      { method: "GET" },
      { method: "POST", headers: { "content-type": "text/plain" }, body: "?" },
      { method: "POST", headers: { "content-type": "application/json", "x-api-key": "wrong" } },
      { method: "DELETE" },
    ];
    for (const request of requests) {
      const answer = await fetch(edge.url + listing, request);
      assert.equal(answer.status, 401);
      assert.deepEqual(await answer.json(), {
        code: "unauthenticated",
        message: "Invalid API key",
        error: "Invalid API key",
      });
    }
    const openai = await fetch(`${edge.url}/v1/models`);
    assert.equal(openai.status, 401);
    assert.match(await openai.text(), /"code":"invalid_api_key"/);
    assert.equal((await fetch(`${edge.url}/health`)).status, 200);
  });

  it("lets a key in, in either header", async () => {
    await using edge = await open({ admission: keyed });
    for (const headers of [{ "x-api-key": "right" }, { authorization: "Bearer right" }]) {
      const answer = await fetch(`${edge.url}${listing}?encoding=json&message=%7B%7D`, { headers });
      assert.equal(answer.status, 200);
    }
  });

  it("refuses gRPC without a key in gRPC's own way", async () => {
    await using edge = await open({ admission: keyed });
    const transport = createGrpcTransport({ baseUrl: edge.url });
    await assert.rejects(createClient(PipelineService, transport).listPipelines({}), (error) => {
      assert.ok(error instanceof ConnectError);
      return error.code === Code.Unauthenticated && error.rawMessage === "Invalid API key";
    });
  });

  it("answers to this machine's names only, when it asks for no key", async () => {
    await using edge = await open();
    const ask = (headers: http2.OutgoingHttpHeaders): Promise<number> =>
      statusOf(edge.url, headers);
    assert.equal(await ask({ ":authority": "localhost:1" }), 200);
    assert.equal(await ask({ ":authority": "[::1]:1" }), 200);
    assert.equal(await ask({ ":authority": "evil.example" }), 403);
    assert.equal(await ask({ ":authority": "localhost.evil.example" }), 403);
    assert.equal(await ask({ origin: "https://evil.example" }), 403);
    assert.equal(await ask({ origin: "null" }), 403);
    assert.equal(await ask({ origin: "http://localhost:5173" }), 200);
  });

  it("answers preflights of allowed origins, and no others", async () => {
    const cors = { allowedOrigins: ["https://app.example.com"] };
    await using edge = await open({ admission: keyed, cors });
    const preflight = (origin: string): Promise<Response> =>
      fetch(edge.url + listing, {
        method: "OPTIONS",
        headers: { origin, "access-control-request-method": "POST" },
      });
    const allowed = await preflight("https://app.example.com");
    assert.equal(allowed.status, 204);
    assert.match(allowed.headers.get("access-control-allow-headers") ?? "", /X-Api-Key/);
    const other = await preflight("https://evil.example");
    assert.equal(other.headers.get("access-control-allow-origin"), null);
    const read = await fetch(`${edge.url}/health`, {
      headers: { origin: "https://app.example.com" },
    });
    assert.match(read.headers.get("access-control-expose-headers") ?? "", /Grpc-Status/i);
  });

  it("refuses a message that is too large", async () => {
    await using edge = await open({ limits: { maxMessageBytes: 1_000 } });
    for (const transport of [
      createConnectTransport({ baseUrl: edge.url, httpVersion: "1.1" }),
      createGrpcTransport({ baseUrl: edge.url }),
    ]) {
      const source = "x".repeat(2_000);
      await assert.rejects(
        createClient(PipelineService, transport).validatePipeline({ source }),
        (error) => error instanceof ConnectError && error.code === Code.ResourceExhausted,
      );
    }
  });

  it("drops who says nothing, who never ends his headers, and who never greets", async () => {
    await using edge = await open({ limits: { greetingMs: 100, headersMs: 200 } });
    for (const start of [
      "",
      "P",
      "GET /health HTTP/1.1\r\nx-slow: ",
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ]) {
      const socket = net.connect(edge.port, "127.0.0.1");
      socket.on("error", () => undefined);
      socket.resume();
      socket.write(start);
      await once(socket, "close", { signal: AbortSignal.timeout(5_000) });
    }
  });

  it("reads a request whose first bytes come one by one", async () => {
    await using edge = await open();
    const socket = net.connect(edge.port, "127.0.0.1");
    socket.setNoDelay(true);
    for (const byte of "PO") {
      socket.write(byte);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    socket.write("ST /health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    assert.match(await text(socket), /^HTTP\/1.1 200 /);
  });

  it("ends a connection that does nothing but reset its streams", async () => {
    await using edge = await open(
      { limits: { maxResets: 50 } },
      { listPipelines: () => new Promise(() => undefined) },
    );
    const session = http2.connect(edge.url);
    session.on("error", () => undefined);
    const closed = new Promise((resolve) => session.once("close", resolve));
    let opened = 0;
    while (!session.closed && !session.destroyed && opened < 1_000) {
      const stream = session.request({ ":path": listing, ":method": "POST" });
      stream.on("error", () => undefined);
      stream.close(http2.constants.NGHTTP2_CANCEL);
      opened++;
      await new Promise((resolve) => setImmediate(resolve));
    }
    await closed;
    assert.ok(opened < 1_000, `${opened} streams were reset`);
  });

  it("speaks every dialect over TLS, and refuses who is too old for it", async () => {
    const tls = {
      cert: Buffer.from(LOCALHOST_CERT),
      key: Buffer.from(LOCALHOST_KEY),
      minVersion: "TLSv1.3",
      ciphers: undefined,
    } as const;
    await using edge = await open({ tls });
    const baseUrl = `https://localhost:${edge.port}`;
    const nodeOptions = { ca: LOCALHOST_CERT };
    for (const transport of [
      createGrpcTransport({ baseUrl, nodeOptions }),
      createConnectTransport({ baseUrl, nodeOptions, httpVersion: "2" }),
      createConnectTransport({ baseUrl, nodeOptions, httpVersion: "1.1" }),
    ]) {
      const answer = await createClient(PipelineService, transport).listPipelines({});
      assert.equal(answer.nextPageToken, "next");
    }
    const old = connectTls({
      port: edge.port,
      host: "localhost",
      ca: LOCALHOST_CERT,
      maxVersion: "TLSv1.2",
    });
    await assert.rejects(once(old, "secureConnect"), /protocol version/);
  });

  it("drains: what is open ends, and nothing new begins", async () => {
    const entered = promised();
    const leave = promised();
    const edge = await open(
      {},
      {
        async listPipelines(_, { signal }) {
          entered.resolve();
          await leave.promise;
          return { nextPageToken: signal.aborted ? "told to stop" : "late" };
        },
      },
    );
    const client = createClient(
      PipelineService,
      createConnectTransport({ baseUrl: edge.url, httpVersion: "2" }),
    );
    const call = client.listPipelines({});
    await entered.promise;
    const closed = edge[Symbol.asyncDispose]();
    await assert.rejects(fetch(`${edge.url}/health`));
    leave.resolve();
    assert.equal((await call).nextPageToken, "late");
    await closed;
  });
});

async function statusOf(url: string, headers: http2.OutgoingHttpHeaders): Promise<number> {
  const session = http2.connect(url);
  const stream = session.request({ ":path": "/health", ...headers });
  const [response]: [http2.IncomingHttpHeaders & http2.IncomingHttpStatusHeader] = await once(
    stream,
    "response",
  ).then(([first]) => [first]);
  stream.resume();
  session.close();
  return response[":status"] ?? 0;
}

function promised() {
  const settle: { resolve?: () => void } = {};
  const promise = new Promise<void>((resolve) => {
    settle.resolve = resolve;
  });
  return { promise, resolve: () => settle.resolve?.() };
}
