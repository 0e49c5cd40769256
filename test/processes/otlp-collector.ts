import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";

import { type ExportedSpan, spansFromExport } from "./otlp-spans.ts";

/** A collector of spans over OTLP/HTTP, which keeps what it is sent. */
export type OtlpCollector = AsyncDisposable & {
  /** For `monitoring.tracing.otlp_endpoint`. */
  readonly url: string;
  /** The spans of one trace, once what is wanted has come; throws when it does not come. */
  trace(
    traceId: string,
    isWhole: (spans: readonly ExportedSpan[]) => boolean,
  ): Promise<readonly ExportedSpan[]>;
};

const LIMIT_MS = 60_000;
const POLL_MS = 100;

/** Starts a collector on a free port of loopback. */
export async function startOtlpCollector(): Promise<OtlpCollector> {
  const spans: ExportedSpan[] = [];
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await buffer(request);
    const isExport = request.method === "POST" && request.url === "/v1/traces";
    if (!isExport || request.headers["content-type"] !== "application/x-protobuf") {
      response.writeHead(404).end();
      return;
    }
    spans.push(...spansFromExport(body));
    response.writeHead(200, { "content-type": "application/x-protobuf" }).end();
  };
  const server = createServer((request, response) => {
    take(request, response).catch((error: unknown) => response.destroy(new Error(String(error))));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    async trace(traceId, isWhole) {
      const deadline = Date.now() + LIMIT_MS;
      for (;;) {
        const found = spans.filter((span) => span.traceId === traceId);
        if (isWhole(found)) return found;
        if (Date.now() > deadline) {
          throw new Error(`the trace is not whole: ${JSON.stringify(found, undefined, 2)}`);
        }
        await delay(POLL_MS);
      }
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await once(server.close(), "close");
    },
  };
}
