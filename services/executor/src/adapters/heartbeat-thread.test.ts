import { describe, it } from "node:test";

import { ExecutorLinkService } from "@orchestrator/proto/state/v1/state_pb";
import { serveGrpc } from "@orchestrator/rpc-node";

import { until } from "../testing/test-host.ts";
import { HeartbeatThread } from "./heartbeat-thread.ts";
import type { HeartbeatListener } from "./heartbeats.ts";

describe("the thread of the heartbeats", () => {
  it("finds replicas that took the place of those it began with", async () => {
    await using thread = new HeartbeatThread({ meshSecret: undefined });
    await thread.ready();
    const first = await serveBeats();
    let endpoints = [first.endpoint];
    const leave = new AbortController();
    const kept = thread.keep(
      { sessionId: 1n, intervalMs: 50, replicas: { list: async () => endpoints } },
      QUIET,
      { vitals: NO_VITALS, signal: leave.signal },
    );
    await until(() => first.beats > 1, "the first replica hears of the session");
    await using second = await serveBeats();
    endpoints = [second.endpoint];
    await first[Symbol.asyncDispose]();
    await until(() => second.beats > 1, "the second replica hears of the session");
    leave.abort();
    await kept;
  });

  it("goes on with the replicas that it knows while they cannot be looked up", async () => {
    await using thread = new HeartbeatThread({ meshSecret: undefined });
    await thread.ready();
    await using replica = await serveBeats();
    let lookups = 0;
    const list = async (): Promise<readonly string[]> => {
      lookups += 1;
      if (lookups > 1) throw new Error("no answer");
      return [replica.endpoint];
    };
    const leave = new AbortController();
    const kept = thread.keep({ sessionId: 1n, intervalMs: 50, replicas: { list } }, QUIET, {
      vitals: NO_VITALS,
      signal: leave.signal,
    });
    await until(() => replica.beats > 1, "the replica hears of the session");
    replica.endStreams();
    const { beats } = replica;
    await until(() => lookups > 1 && replica.beats > beats + 1, "it hears of it again");
    leave.abort();
    await kept;
  });

  it("keeps nothing for a signal that has aborted", async () => {
    await using thread = new HeartbeatThread({ meshSecret: undefined });
    await thread.keep(
      { sessionId: 1n, intervalMs: 50, replicas: { list: async () => [] } },
      QUIET,
      { vitals: NO_VITALS, signal: AbortSignal.abort() },
    );
  });
});

const NO_VITALS = () => ({ heldCount: 0, heldHash: 0n });

const QUIET: HeartbeatListener = {
  acknowledged: () => undefined,
  reconcile: () => undefined,
  unheard: () => undefined,
  dead: () => undefined,
};

/** A replica that answers heartbeats, and no more. */
async function serveBeats() {
  let beats = 0;
  let ending = new AbortController();
  const server = await serveGrpc(
    {
      interceptors: [],
      routes: (router) =>
        router.service(ExecutorLinkService, {
          openSession: () => ({}),
          closeSession: () => ({}),
          revealSecrets: () => ({}),
          async *link() {},
          async *heartbeat(requests) {
            const { signal } = ending;
            for await (const { beat } of requests) {
              if (signal.aborted) return;
              beats += 1;
              yield { beat, live: true };
            }
          },
        }),
    },
    { host: "127.0.0.1", port: 0, drainLimitMs: 10 },
  );
  return {
    endpoint: `127.0.0.1:${server.port}`,
    get beats() {
      return beats;
    },
    endStreams() {
      ending.abort();
      ending = new AbortController();
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
