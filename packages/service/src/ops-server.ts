import { once } from "node:events";
import { createServer } from "node:http";

import { type EdgeRoutes, type Listening, sendJson } from "@orchestrator/rpc-node";

const LIMITS = {
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  connectionsCheckingInterval: 1_000,
};
const MAX_CONNECTIONS = 256;

/** Serves a few routes by plain HTTP/1, on a port that only operators reach. */
export async function serveOps(
  routes: EdgeRoutes,
  { host, port, onError }: { host: string; port: number; onError: (thrown: unknown) => void },
): Promise<Listening> {
  const server = createServer(LIMITS, (request, response) => {
    const path = (request.url ?? "/").split("?", 1)[0];
    const route = routes.find((candidate) => candidate.path === path);
    if (route === undefined) {
      sendJson(response, 404, { code: "not_found", message: `there is nothing at ${path}` });
      return;
    }
    new Promise<void>((resolve) => {
      resolve(route.handle(request, response));
    }).catch((thrown: unknown) => {
      onError(thrown);
      sendJson(response, 500, { code: "internal", message: "internal error" });
    });
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.listen(port, host);
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") {
    throw new Error("the server is not bound to a TCP port");
  }
  return {
    port: address.port,
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
