// The thread that keeps the session alive: nothing but heartbeats happens here.
import { parentPort, workerData } from "node:worker_threads";

import { createClient } from "@connectrpc/connect";
import { ExecutorLinkService } from "@orchestrator/proto/state/v1/state_pb";
import { clientInterceptors, type Credentials, openGrpcTransport } from "@orchestrator/rpc-node";

import type { HeartbeatJob, HeartbeatNews } from "./heartbeat-thread.ts";
import { keepAlive } from "./heartbeats.ts";
import { monotonicMs } from "./monotonic.ts";
import { readVitals } from "./shared-vitals.ts";

const { endpoints, meshSecret, sessionId, intervalMs, vitals }: HeartbeatJob = workerData;
const stopping = new AbortController();
parentPort?.on("message", () => stopping.abort(new Error("the session is over")));

const credentials: Credentials =
  meshSecret === undefined
    ? { kind: "none" }
    : { kind: "mesh", service: "executor", secret: meshSecret };
const transports = endpoints.map((endpoint) =>
  openGrpcTransport(`ipv4:${endpoint}`, { interceptors: clientInterceptors({ credentials }) }),
);
const clients = transports.map((transport) => createClient(ExecutorLinkService, transport));
await keepAlive(
  () => clients,
  {
    acknowledged: (sentAtMs) => say({ kind: "acknowledged", sentAtMs }),
    reconcile: () => say({ kind: "reconcile" }),
    unheard: () => say({ kind: "unheard" }),
    dead: () => say({ kind: "dead" }),
  },
  {
    sessionId,
    intervalMs,
    vitals: () => {
      const { heldCount, heldHash } = readVitals(vitals);
      return { heldCount, heldHash };
    },
    lagMs: () => readVitals(vitals).lagMs,
    nowMs: monotonicMs,
    signal: stopping.signal,
  },
);
for (const transport of transports) {
  transport[Symbol.dispose]();
}
parentPort?.close();

function say(news: HeartbeatNews): void {
  parentPort?.postMessage(news);
}
