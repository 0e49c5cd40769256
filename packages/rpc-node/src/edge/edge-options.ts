import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";

import type { Admission } from "@orchestrator/rpc";

export type EdgeRequest = IncomingMessage | Http2ServerRequest;
/** Both have the methods of HTTP/1's response that matter, so routes are written once. */
export type EdgeResponse = ServerResponse | Http2ServerResponse;

/** Plain HTTP beside RPC. */
export type EdgeRoute = {
  /** A whole path, or a prefix that ends with `/`. */
  readonly path: string;
  /** Whether no key is needed. */
  readonly open: boolean;
  /** Whose shape a refusal has. */
  readonly errors?: "connect" | "openai";
  /** Answers, and reads the body if there is one; a promise that rejects becomes a 500. */
  readonly handle: (request: EdgeRequest, response: EdgeResponse) => void | Promise<void>;
};

/** The first that matches is taken; RPC paths never reach them. */
export type EdgeRoutes = readonly EdgeRoute[];

export type EdgeTls = {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly minVersion: "TLSv1.2" | "TLSv1.3";
  readonly ciphers: string | undefined;
};

export type EdgeOptions = {
  readonly host: string;
  readonly port: number;
  /** Cleartext HTTP/1 and HTTP/2 without it. */
  readonly tls?: EdgeTls | undefined;
  /** The same that the surface's interceptors ask. */
  readonly admission: Admission;
  /** Type names of the services that anybody may call. */
  readonly openServices: ReadonlySet<string>;
  /** Origins of other sites whose pages may call. */
  readonly cors?: { readonly allowedOrigins: readonly string[] } | undefined;
  /** Whether only pages and names of this machine may be used, for a server that asks for no key. */
  readonly loopbackOnly: boolean;
  readonly http: EdgeRoutes;
  readonly limits?: Partial<EdgeLimits>;
  /** Is told what a route threw. */
  readonly onRouteError: (thrown: unknown, path: string) => void;
};

/** The bounds of the port; at each of them a connection or a request is refused. */
export type EdgeLimits = {
  /** Of one message, after decompression. */
  readonly maxMessageBytes: number;
  readonly maxHeaderBytes: number;
  readonly maxConnections: number;
  /** Of one HTTP/2 connection. */
  readonly maxConcurrentStreams: number;
  /** Streams that a connection may reset at once; a tenth of them more a second. */
  readonly maxResets: number;
  /** For the first bytes of a connection, and for its HTTP/2 settings. */
  readonly greetingMs: number;
  readonly headersMs: number;
  readonly requestMs: number;
  /** A connection that carries nothing is closed after it. */
  readonly idleMs: number;
  readonly drainMs: number;
};

export const EDGE_LIMITS: EdgeLimits = {
  maxMessageBytes: 16 << 20,
  maxHeaderBytes: 16 << 10,
  maxConnections: 10_000,
  maxConcurrentStreams: 256,
  maxResets: 500,
  greetingMs: 5_000,
  headersMs: 10_000,
  requestMs: 60_000,
  idleMs: 900_000,
  drainMs: 10_000,
};
