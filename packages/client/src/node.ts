import type { Interceptor, Transport } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  Http2SessionManager,
} from "@connectrpc/connect-node";

export type NodeTransportOptions = {
  /** `http://127.0.0.1:8000`, or `https://…`. */
  readonly url: string;
  readonly apiKey?: string;
  /** Connect goes through every proxy, gRPC is what other languages speak; both answer alike. */
  readonly protocol?: "connect" | "grpc";
  /** Trusted roots in PEM, in the place of Node's own. */
  readonly ca?: string | Buffer;
  /** For unary calls without a limit of their own; streams have none. */
  readonly timeoutMs?: number;
};

/** A transport that owns its connection; disposing of it ends what is open. */
export type NodeTransport = Transport & Disposable;

const DEFAULT_TIMEOUT_MS = 30_000;
/** A path that swallows bytes is noticed after 25 s, and an idle connection is let go after 15 minutes. */
const PINGS = { pingIntervalMs: 20_000, pingTimeoutMs: 5_000, idleConnectionTimeoutMs: 900_000 };

/** Opens a transport over HTTP/2 for Node. It connects with the first call. */
export function openNodeTransport({
  url,
  apiKey,
  ca,
  protocol = "connect",
  timeoutMs: defaultTimeoutMs = DEFAULT_TIMEOUT_MS,
}: NodeTransportOptions): NodeTransport {
  const sessionManager = new Http2SessionManager(url, PINGS, ca === undefined ? {} : { ca });
  const options = {
    baseUrl: url,
    sessionManager,
    interceptors: apiKey === undefined ? [] : [sendKey(apiKey)],
  };
  const transport =
    protocol === "grpc"
      ? createGrpcTransport(options)
      : createConnectTransport({ ...options, httpVersion: "2" });
  return {
    unary: (method, signal, timeoutMs, ...rest) =>
      transport.unary(method, signal, timeoutMs ?? defaultTimeoutMs, ...rest),
    stream: (...call) => transport.stream(...call),
    [Symbol.dispose]: () => sessionManager.abort(),
  };
}

function sendKey(apiKey: string): Interceptor {
  return (next) => (request) => {
    request.header.set("x-api-key", apiKey);
    return next(request);
  };
}
