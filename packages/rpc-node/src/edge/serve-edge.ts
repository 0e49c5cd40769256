import { once } from "node:events";
import * as http from "node:http";
import * as http2 from "node:http2";
import * as net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

import { Code, ConnectError } from "@connectrpc/connect";

import { type Listening, servicesOf, type Surface } from "../surface.ts";
import { EDGE_LIMITS, type EdgeLimits, type EdgeOptions, type EdgeTls } from "./edge-options.ts";
import { type GrpcDoor, grpcDoor } from "./grpc-door.ts";
import { type Handler, httpDoor } from "./http-door.ts";
import { watchSessions } from "./http2-sessions.ts";
import { rpcHandler } from "./rpc-handler.ts";
import { sniff } from "./sniff.ts";

/** Serve clients from outside: Connect, gRPC, gRPC-Web and plain HTTP, over HTTP/1 and HTTP/2, on one port. */
export async function serveEdge(surface: Surface, options: EdgeOptions): Promise<Listening> {
  const limits = { ...EDGE_LIMITS, ...options.limits };
  const shutdown = new AbortController();
  const rpc = rpcHandler(surface, { ...options, limits, shutdownSignal: shutdown.signal });
  const rpcPaths = new Set(
    servicesOf(surface.routes).flatMap(({ typeName, methods }) =>
      methods.map(({ name }) => `/${typeName}/${name}`),
    ),
  );
  const doors = {
    handler: httpDoor(rpc, { ...options, rpcPaths }),
    grpc: grpcDoor(surface, { ...options, limits, shutdownSignal: shutdown.signal }),
  };
  const front =
    options.tls === undefined
      ? openCleartext(doors, limits)
      : openSecure(doors, options.tls, limits);
  front.server.maxConnections = limits.maxConnections;
  const sockets = trackSockets(front.server);
  front.server.listen(options.port, options.host);
  await once(front.server, "listening");
  return {
    port: portOf(front.server),
    async [Symbol.asyncDispose]() {
      const closed = once(front.server, "close");
      front.server.close();
      shutdown.abort(new ConnectError("the server drains; try another", Code.Unavailable));
      await drain(front, sockets, limits.drainMs);
      await closed;
    },
  };
}

type Front = {
  readonly server: net.Server;
  /** Ask every connection to end once it has nothing to do. */
  readonly release: () => void;
};

type Doors = { readonly handler: Handler; readonly grpc: GrpcDoor };

function openCleartext({ handler, grpc }: Doors, limits: EdgeLimits): Front {
  const http1 = http.createServer(http1Options(limits), handler);
  const secondary = http2.createServer(http2Options(limits), handler);
  tryFirst(secondary, grpc);
  const sessions = watchSessions(secondary, limits);
  // Node starts the check for slow requests when a server listens, and this one never does by itself.
  http1.emit("listening");
  const server = net.createServer((socket) => {
    sniff(socket, {
      timeoutMs: limits.greetingMs,
      onKnown: (dialect) => (dialect === "http2" ? secondary : http1).emit("connection", socket),
    });
  });
  server.once("close", () => http1.close());
  return {
    server,
    release() {
      sessions.close();
      http1.closeIdleConnections();
    },
  };
}

function openSecure({ handler, grpc }: Doors, tls: EdgeTls, limits: EdgeLimits): Front {
  const { cert, key, minVersion, ciphers } = tls;
  const server = http2.createSecureServer(
    {
      ...http1Options(limits),
      ...http2Options(limits),
      allowHTTP1: true,
      handshakeTimeout: limits.greetingMs,
      cert,
      key,
      minVersion,
      ...(ciphers === undefined ? {} : { ciphers, honorCipherOrder: true }),
    },
    handler,
  );
  tryFirst(server, grpc);
  const sessions = watchSessions(server, limits);
  server.on("tlsClientError", () => undefined); // a client's affair
  return { server, release: () => sessions.close() };
}

/** Lets gRPC take its streams as they are; all others become a request and a response, which costs much more. */
function tryFirst(server: http2.Http2Server, grpc: GrpcDoor): void {
  const others = server.listeners("stream");
  server.removeAllListeners("stream");
  server.on("stream", (...stream) => {
    if (!grpc(stream[0], stream[1])) {
      for (const other of others) {
        Reflect.apply(other, server, stream);
      }
    }
  });
}

function http1Options(limits: EdgeLimits): http.ServerOptions {
  return {
    maxHeaderSize: limits.maxHeaderBytes,
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    connectionsCheckingInterval: Math.min(1_000, limits.headersMs / 2),
    keepAliveTimeout: 65_000,
  };
}

function http2Options(limits: EdgeLimits): http2.ServerOptions {
  return {
    settings: {
      maxConcurrentStreams: limits.maxConcurrentStreams,
      maxHeaderListSize: limits.maxHeaderBytes,
    },
    unknownProtocolTimeout: limits.greetingMs,
  };
}

function trackSockets(server: net.Server): ReadonlySet<net.Socket> {
  const sockets = new Set<net.Socket>();
  const add = (socket: net.Socket): void => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
  };
  server.on("connection", add);
  return sockets;
}

const DRAIN_CHECK_MS = 20;

async function drain(
  front: Front,
  sockets: ReadonlySet<net.Socket>,
  limitMs: number,
): Promise<void> {
  const giveUpAtMs = performance.now() + limitMs;
  while (sockets.size > 0 && performance.now() < giveUpAtMs) {
    front.release();
    await sleep(DRAIN_CHECK_MS);
  }
  for (const socket of sockets) {
    socket.destroy();
  }
}

function portOf(server: net.Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") {
    throw new Error("the server is not bound to a TCP port");
  }
  return address.port;
}
