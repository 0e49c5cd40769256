import assert from "node:assert/strict";
import * as http from "node:http";
import * as http2 from "node:http2";
import * as net from "node:net";
import { buffer, text } from "node:stream/consumers";
import { describe, it } from "node:test";

import { Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import { errorFromJsonBytes } from "@connectrpc/connect/protocol-connect";
import { findTrailerError } from "@connectrpc/connect/protocol-grpc";
import { ErrorInfoSchema } from "@orchestrator/proto/google/rpc/error_details_pb";
import { Health } from "@orchestrator/proto/grpc/health/v1/health_pb";
import { RegistryService } from "@orchestrator/proto/registry/v1/registry_pb";
import type { Admission } from "@orchestrator/rpc";

import { HEALTH } from "../infrastructure.ts";
import { createKeyRing } from "../key-ring.ts";
import { type Handlers, testSurface } from "../test-surface.fixture.ts";
import type { EdgeOptions } from "./edge-options.ts";
import { frameOf } from "./grpc-frames.ts";
import { serveEdge } from "./serve-edge.ts";

const keyed: Admission = {
  kind: "keys",
  keys: createKeyRing([{ key: "right", keyId: "k", namespace: "default" }], "pepper"),
};
const SERVICE = "/orchestrator.v1.PipelineService";
const MAX_BYTES = 100_000;
const GARBAGE = frameOf(Buffer.from([0xff, 0xff, 0xff]));
/** The beginning of a message that never comes. */
const ANNOUNCED = frameOf(Buffer.alloc(MAX_BYTES)).subarray(0, 100);

async function open(
  { admission = { kind: "anyone" }, ...options }: Partial<EdgeOptions> = {},
  handlers: Handlers = {},
) {
  const served: string[] = [];
  const surface = testSurface(handlers, { admission });
  const server = await serveEdge(surface, {
    host: "127.0.0.1",
    port: 0,
    admission,
    openServices: HEALTH,
    loopbackOnly: admission.kind === "anyone",
    http: [
      {
        path: "/v1/",
        open: false,
        errors: "openai",
        handle(request, response) {
          served.push(request.url ?? "");
          response.end("served");
        },
      },
      {
        path: "/broken",
        open: true,
        handle() {
          throw new Error("password=hunter2");
        },
      },
    ],
    onRouteError: () => undefined,
    ...options,
    limits: { drainMs: 200, maxMessageBytes: MAX_BYTES },
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    port: server.port,
    served,
    reports: surface.reports,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

type Sent = {
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: Uint8Array | undefined;
  /** Whether the request ends after its body. */
  readonly ends?: boolean;
};

/** What a server answers to bytes, whether it read them or not. */
async function askHttp2(url: string, { path, headers, body, ends = true }: Sent): Promise<Answer> {
  const session = http2.connect(url);
  const stream = session.request({ ":path": path, ":method": "POST", ...headers });
  const seen = new Headers();
  const keep = (more: http2.IncomingHttpHeaders): void => {
    for (const [name, value] of Object.entries(more)) {
      if (!name.startsWith(":") && typeof value === "string") seen.set(name, value);
    }
  };
  let status = 0;
  stream.on("response", (more: http2.IncomingHttpHeaders & { ":status"?: number }) => {
    status = more[":status"] ?? 0;
    keep(more);
  });
  stream.on("trailers", keep);
  stream.write(body ?? Buffer.alloc(0));
  if (ends) stream.end();
  const answer = await buffer(stream);
  session.destroy();
  return { status, headers: seen, body: answer };
}

async function askHttp1(url: string, { path, headers, body, ends = true }: Sent): Promise<Answer> {
  const request = http.request(url + path, { method: "POST", headers });
  const response = new Promise<http.IncomingMessage>((resolve, reject) => {
    request.once("response", resolve);
    request.once("error", reject);
  });
  request.write(body);
  if (ends) request.end();
  const {
    statusCode = 0,
    headers: given,
    ...rest
  } = await response.then(async (answer) => ({
    statusCode: answer.statusCode,
    headers: answer.headers,
    body: await buffer(answer),
  }));
  request.destroy();
  const seen = Object.entries(given).filter((entry): entry is [string, string] => {
    return typeof entry[1] === "string";
  });
  return { status: statusCode, headers: new Headers(seen), body: rest.body };
}

type Answer = {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
};

/** The error that a client of this dialect would read. */
function errorIn({ status, headers, body }: Answer): ConnectError {
  const told = findTrailerError(headers) ?? findTrailerError(trailersIn(body));
  if (told !== undefined) return told;
  const json = headers.get("content-type")?.startsWith("application/connect+")
    ? JSON.stringify(JSON.parse(body.subarray(5).toString()).error)
    : body.toString();
  const nothing = new ConnectError(`HTTP ${status}: ${json}`, Code.Unknown);
  return errorFromJsonBytes(Buffer.from(json), undefined, nothing);
}

function trailersIn(body: Buffer): Headers {
  const headers = new Headers();
  if (body[0] === 0x80) {
    for (const line of body.subarray(5).toString().split("\r\n").filter(Boolean)) {
      const at = line.indexOf(":");
      headers.set(line.slice(0, at), line.slice(at + 1).trim());
    }
  }
  return headers;
}

function reasonsIn(error: ConnectError): (string | Code)[] {
  return [error.code, ...error.findDetails(ErrorInfoSchema).map(({ reason }) => reason)];
}

describe("a caller without a key", () => {
  const path = `${SERVICE}/CreatePipeline`;

  it("is refused before any of his message is read, in the form of his protocol", async () => {
    await using edge = await open({ admission: keyed });
    for (const [ask, type] of [
      [askHttp2, "application/grpc"],
      [askHttp2, "application/grpc+proto"],
      [askHttp2, "application/grpc+json"],
      [askHttp2, "application/grpc-web+proto"],
      [askHttp2, "application/grpc-web; charset=utf-8"],
      [askHttp1, "application/grpc-web+proto"],
      [askHttp1, "application/grpc-web+json"],
    ] as const) {
      for (const key of ["", "wrong"]) {
        const headers = { "content-type": type, "x-api-key": key };
        for (const sent of [
          { body: GARBAGE },
          { body: Buffer.alloc(2 * MAX_BYTES, 1) },
          { body: ANNOUNCED, ends: false },
        ]) {
          const error = errorIn(await ask(edge.url, { path, headers, ...sent }));
          assert.deepEqual(reasonsIn(error), [Code.Unauthenticated, "API_KEY_INVALID"], type);
        }
      }
    }
  });

  it("is told of in the report when he calls by gRPC", async () => {
    await using edge = await open({ admission: keyed });
    const headers = { "content-type": "application/grpc" };
    await askHttp2(edge.url, { path, headers, body: ANNOUNCED, ends: false });
    assert.deepEqual(
      edge.reports.map(({ method, code }) => [method, code]),
      [[path.slice(1), Code.Unauthenticated]],
    );
  });

  it("gets to no route, whatever content type he names", async () => {
    await using edge = await open({ admission: keyed });
    for (const type of [
      "application/grpc",
      "application/grpc-web+proto",
      "application/grpc-anything",
      "application/grpcx",
    ]) {
      const sent = { headers: { "content-type": type }, body: Buffer.from("{}") };
      for (const ask of [askHttp1, askHttp2]) {
        const answer = await ask(edge.url, { path: "/v1/models", ...sent });
        assert.equal(answer.status, 401, type);
        assert.match(answer.body.toString(), /"code":"invalid_api_key"/);
        const unknown = await ask(edge.url, { path: "/nowhere", ...sent });
        assert.notEqual(unknown.status, 404, type);
      }
    }
    assert.deepEqual(edge.served, []);
  });

  it("may ask for the health by every protocol", async () => {
    await using edge = await open({ admission: keyed });
    for (const transport of transports(edge.url)) {
      assert.equal((await createClient(Health, transport).check({})).status, 1);
    }
  });
});

describe("a server at the edge", () => {
  it("gives every error its reason, also where no interceptor has seen the call", async () => {
    await using edge = await open();
    const post = { path: `${SERVICE}/ValidatePipeline`, body: Buffer.from("{}") };
    const json = { "content-type": "application/json" };
    const proto = { "content-type": "application/proto" };
    const stream = { "content-type": "application/connect+proto" };
    const grpc = { "content-type": "application/grpc" };
    const grpcJson = { "content-type": "application/grpc+json" };
    const web = { "content-type": "application/grpc-web+proto" };
    const foreign = { origin: "https://evil.example" };
    const large = Buffer.alloc(2 * MAX_BYTES, "x");
    const noMessage = [Code.InvalidArgument, "MESSAGE_INVALID"];
    const tooLarge = [Code.ResourceExhausted, "MESSAGE_TOO_LARGE"];
    const unknown = [Code.Unimplemented, "METHOD_UNKNOWN"];
    const refused = [Code.PermissionDenied, "ORIGIN_REFUSED"];
    const nothing = [Code.NotFound, "PATH_NOT_FOUND"];
    const cases: readonly (readonly [Sent, readonly (string | Code)[]])[] = [
      [{ ...post, headers: json, body: Buffer.from("{") }, noMessage],
      [{ ...post, headers: json, body: Buffer.from('{"sauce":"x"}') }, noMessage],
      [{ ...post, headers: proto, body: Buffer.from([0xff]) }, noMessage],
      [{ ...post, headers: json, body: large }, tooLarge],
      [{ ...post, headers: { "content-type": "text/plain" } }, unknown],
      [{ ...post, headers: { ...json, "content-encoding": "zstd" } }, unknown],
      [{ ...post, headers: { ...json, ...foreign } }, refused],
      [{ ...post, headers: json, path: "/nowhere" }, nothing],
      [{ ...post, headers: json, path: `${SERVICE}/Nothing` }, nothing],
      [{ ...post, headers: json, path: "/broken" }, [Code.Internal, "INTERNAL_ERROR"]],
      [{ ...post, headers: stream, path: WATCH, body: GARBAGE }, noMessage],
      [{ ...post, headers: stream, path: WATCH, body: frameOf(large) }, tooLarge],
      [{ ...post, headers: grpc, body: GARBAGE }, noMessage],
      [{ ...post, headers: grpc, body: frameOf(large) }, tooLarge],
      [{ ...post, headers: grpc, body: ANNOUNCED }, noMessage],
      [{ ...post, headers: grpc, body: Buffer.alloc(0) }, noMessage],
      [{ ...post, headers: grpc, path: `${SERVICE}/Nothing` }, unknown],
      [{ ...post, headers: { ...grpc, ...foreign } }, refused],
      [{ ...post, headers: grpc, path: WATCH, body: GARBAGE }, noMessage],
      [{ ...post, headers: grpc, path: WATCH, body: frameOf(large) }, tooLarge],
      [{ ...post, headers: grpcJson, body: GARBAGE }, noMessage],
      [{ ...post, headers: web, body: GARBAGE }, noMessage],
      [{ ...post, headers: web, body: frameOf(large) }, tooLarge],
      [{ ...post, headers: { ...web, "grpc-encoding": "zstd" }, body: GARBAGE }, unknown],
      [{ ...post, headers: web, path: WATCH, body: GARBAGE }, noMessage],
      [{ ...post, headers: web, path: `${SERVICE}/Nothing` }, unknown],
      [{ ...post, headers: { ...web, ...foreign } }, refused],
    ];
    for (const [sent, expected] of cases) {
      const error = errorIn(await askHttp2(edge.url, sent));
      const { path, headers } = sent;
      assert.deepEqual(reasonsIn(error), expected, JSON.stringify({ path, headers, error }));
      assert.doesNotMatch(error.message, /hunter2/);
    }
    const verb = await fetch(edge.url + post.path, { method: "DELETE" });
    assert.equal(verb.status, 405);
    assert.match(await verb.text(), /METHOD_UNKNOWN/);
  });

  it("gives an error its reason when the time of a call is over", async () => {
    await using edge = await open({}, { listPipelines: (_, { signal }) => untilAborted(signal) });
    const path = `${SERVICE}/ListPipelines`;
    for (const [type, limit, body] of [
      ["application/json", { "connect-timeout-ms": "100" }, Buffer.from("{}")],
      ["application/grpc", { "grpc-timeout": "100m" }, frameOf(Buffer.alloc(0))],
      ["application/grpc-web+proto", { "grpc-timeout": "100m" }, frameOf(Buffer.alloc(0))],
    ] as const) {
      const headers = { "content-type": type, ...limit };
      const error = errorIn(await askHttp2(edge.url, { path, headers, body }));
      assert.deepEqual(reasonsIn(error), [Code.DeadlineExceeded, "DEADLINE_PASSED"], type);
    }
  });

  it("gives streams the reason why it ends them", async () => {
    let opened = 0;
    const edge = await open(
      {},
      {
        async *generate(_, { signal }) {
          yield {};
          opened += 1;
          await untilAborted(signal);
        },
      },
    );
    const baseUrl = edge.url;
    const ends = [
      createConnectTransport({ baseUrl, httpVersion: "2" }),
      createGrpcTransport({ baseUrl }),
      createGrpcWebTransport({ baseUrl, httpVersion: "2" }),
    ].map(async (transport) => {
      const stream = createClient(RegistryService, transport).generate(oneFrame());
      const answers = stream[Symbol.asyncIterator]();
      await answers.next();
      return answers.next().then(
        () => assert.fail("it goes on"),
        (error: unknown) => reasonsIn(ConnectError.from(error)),
      );
    });
    while (opened < ends.length) await new Promise((resolve) => setTimeout(resolve, 10));
    await edge[Symbol.asyncDispose]();
    const stopped = [Code.Unavailable, "SERVER_STOPS"];
    assert.deepEqual(await Promise.all(ends), [stopped, stopped, stopped]);
  });

  it("survives requests that name no host, or none that there can be", async () => {
    await using edge = await open({ admission: keyed });
    for (const head of ["HTTP/1.0\r\n", "HTTP/1.1\r\nhost: [\r\n", "HTTP/1.1\r\nhost: a b\r\n"]) {
      const socket = net.connect(edge.port, "127.0.0.1");
      const type = "content-type: application/json\r\nconnection: close\r\ncontent-length: 2\r\n";
      socket.write(`POST ${CHECK} ${head}${type}\r\n{}`);
      assert.match(await text(socket), /^HTTP\/1\.1 400 .*MESSAGE_INVALID/s);
    }
    assert.equal((await fetch(edge.url + CHECK, { method: "POST", ...JSON_BODY })).status, 200);
  });

  it("keeps no more of a message than one may have", async () => {
    await using edge = await open();
    const headers = { "content-type": "application/grpc" };
    const path = `${SERVICE}/ValidatePipeline`;
    for (const body of [
      frameOf(Buffer.alloc(2 * MAX_BYTES)).subarray(0, 5),
      Buffer.concat([frameOf(Buffer.alloc(10)), Buffer.alloc(2 * MAX_BYTES)]),
    ]) {
      const error = errorIn(await askHttp2(edge.url, { path, headers, body, ends: false }));
      assert.deepEqual(reasonsIn(error), [Code.ResourceExhausted, "MESSAGE_TOO_LARGE"]);
    }
  });
});

const CHECK = "/grpc.health.v1.Health/Check";
const WATCH = "/grpc.health.v1.Health/Watch";
const JSON_BODY = { headers: { "content-type": "application/json" }, body: "{}" };

function transports(baseUrl: string): readonly Transport[] {
  return [
    createConnectTransport({ baseUrl, httpVersion: "2" }),
    createConnectTransport({ baseUrl, httpVersion: "1.1" }),
    createGrpcTransport({ baseUrl }),
    createGrpcWebTransport({ baseUrl, httpVersion: "2" }),
    createGrpcWebTransport({ baseUrl, httpVersion: "1.1" }),
  ];
}

async function* oneFrame() {
  yield {};
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const leave = (): void => reject(new Error("what a handler throws when it is disturbed"));
    signal.addEventListener("abort", leave, { once: true });
    if (signal.aborted) leave();
  });
}
