import { createConnectRouter, createContextValues, Code, ConnectError } from "@connectrpc/connect";
import {
  compressionBrotli,
  compressionGzip,
  universalRequestFromNodeRequest,
  universalResponseToNodeResponse,
} from "@connectrpc/connect-node";
import type { UniversalServerRequest } from "@connectrpc/connect/protocol";
import { setPeer } from "@orchestrator/rpc";

import { messageInvalid } from "../errors.ts";
import type { Surface } from "../surface.ts";
import { dialectOf } from "./dialect.ts";
import type { EdgeLimits, EdgeOptions } from "./edge-options.ts";
import { type Handler, pathOf } from "./http-door.ts";
import { reasoned } from "./reasoned.ts";
import { type Exchange, refuse } from "./refusal.ts";
import { tellApart } from "./tell-apart.ts";

export type RpcHandlerOptions = Pick<EdgeOptions, "onRouteError"> & {
  readonly limits: EdgeLimits;
  /** Ends open streams; unary calls may finish. */
  readonly shutdownSignal: AbortSignal;
};

/** Answers calls by Connect and gRPC-Web, and by gRPC in its rarer forms, with Connect's handlers. */
export function rpcHandler(
  { routes, interceptors }: Surface,
  { limits, shutdownSignal, onRouteError }: RpcHandlerOptions,
): Handler {
  const router = createConnectRouter({
    interceptors: [tellApart(shutdownSignal), ...interceptors],
    readMaxBytes: limits.maxMessageBytes,
    jsonOptions: { ignoreUnknownFields: false },
    acceptCompression: [compressionGzip, compressionBrotli],
  });
  routes({ service: (service, implementation) => router.service(service, implementation) });
  const handlers = new Map(router.handlers.map((handler) => [handler.requestPath, handler]));
  return (request, response) => {
    const path = pathOf(request);
    const handler = handlers.get(path);
    const dialect = dialectOf(request.headers["content-type"]);
    const asked = readable({ request, response });
    if (handler === undefined || asked === undefined) {
      const error = messageInvalid("the request names no host that there can be");
      refuse({ request, response }, { error, dialect });
      return;
    }
    handler(asked)
      .then((answer) => reasoned(answer, dialect))
      .then((answer) => universalResponseToNodeResponse(answer, response))
      .catch((thrown: unknown) => {
        if (ConnectError.from(thrown).code !== Code.Aborted) {
          onRouteError(thrown, path);
        }
      });
  };
}

/** Undefined for a request whose URL cannot be told: its host is missing, or is no host. */
function readable({ request, response }: Exchange): UniversalServerRequest | undefined {
  const values = createContextValues();
  setPeer(values, { kind: "socket", address: request.socket.remoteAddress ?? "" });
  try {
    return universalRequestFromNodeRequest(request, response, undefined, values);
  } catch {
    return undefined;
  }
}
