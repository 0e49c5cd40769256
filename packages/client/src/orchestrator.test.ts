import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Http2Server } from "node:http2";
import { after, before, describe, it } from "node:test";

import { Code, ConnectError } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { ErrorInfoSchema } from "@orchestrator/proto/google/rpc/error_details_pb";
import { RunService } from "@orchestrator/proto/v1/run_pb";
import { RpcError } from "@orchestrator/rpc";

import { openNodeTransport } from "./node.ts";
import { createOrchestrator } from "./orchestrator.ts";

const absent = new ConnectError("run 7 does not exist", Code.NotFound, undefined, [
  { desc: ErrorInfoSchema, value: { reason: "RUN_NOT_FOUND", domain: "orchestrator" } },
]);

describe("createOrchestrator", () => {
  const keys: (string | null)[] = [];
  let server: Http2Server;
  let url: string;
  before(async () => {
    server = createServer(
      connectNodeAdapter({
        routes: (router) =>
          router.service(RunService, {
            listRuns(_, { requestHeader, timeoutMs }) {
              keys.push(requestHeader.get("x-api-key"));
              return { nextPageToken: String((timeoutMs() ?? 0) > 20_000) };
            },
            getRun: () => Promise.reject(absent),
            async *watchRun(_, { timeoutMs }) {
              assert.equal(timeoutMs(), undefined, "a stream may last");
              yield { what: { case: "heartbeat", value: { lastSequence: 3n } } };
              throw absent;
            },
          }),
      }),
    );
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    assert.ok(typeof address === "object" && address !== null);
    url = `http://127.0.0.1:${address.port}`;
  });
  after(() => server.close());

  for (const protocol of ["connect", "grpc"] as const) {
    it(`calls by ${protocol}, with the key and a limit of time`, async () => {
      using transport = openNodeTransport({ url, protocol, apiKey: "key" });
      const { runs } = createOrchestrator(transport);
      assert.equal((await runs.listRuns({})).nextPageToken, "true");
      assert.equal(keys.at(-1), "key");
    });

    it(`fails by ${protocol} with the reason that the server gave`, async () => {
      using transport = openNodeTransport({ url, protocol });
      const { runs } = createOrchestrator(transport);
      await assert.rejects(runs.getRun({ runId: "7" }), isAbsent);
      await assert.rejects(async () => {
        for await (const { what } of runs.watchRun({ runId: "7" })) {
          assert.equal(what.case, "heartbeat");
        }
      }, isAbsent);
    });
  }
});

function isAbsent(error: unknown): boolean {
  return error instanceof RpcError && error.reason === "RUN_NOT_FOUND";
}
