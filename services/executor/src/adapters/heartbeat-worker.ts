// The thread that keeps sessions alive: nothing but heartbeats happens here.
import { parentPort, workerData } from "node:worker_threads";

import { type Client, createClient } from "@connectrpc/connect";
import { ExecutorLinkService } from "@orchestrator/proto/state/v1/state_pb";
import { clientInterceptors, type Credentials, openGrpcTransport } from "@orchestrator/rpc-node";

import type { HeartbeatNews, HeartbeatOrder, HeartbeatThreadData } from "./heartbeat-thread.ts";
import { type HeartbeatListener, keepAlive } from "./heartbeats.ts";
import { monotonicMs } from "./monotonic.ts";
import { readVitals } from "./shared-vitals.ts";

const { meshSecret, vitals }: HeartbeatThreadData = workerData;
const credentials: Credentials =
  meshSecret === undefined
    ? { kind: "none" }
    : { kind: "mesh", service: "executor", secret: meshSecret };
const clients = new Map<string, Client<typeof ExecutorLinkService>>();
let leave = new AbortController();
let replicas: readonly Client<typeof ExecutorLinkService>[] = [];

parentPort?.on("message", (order: HeartbeatOrder) => {
  if (order.kind !== "leave") {
    replicas = order.endpoints.map(clientOf);
  }
  if (order.kind === "replicas") {
    return;
  }
  leave.abort(new Error("the session is over"));
  if (order.kind === "keep") {
    leave = new AbortController();
    keep(order, leave.signal).catch((error: unknown) => {
      throw error; // Ends the thread; whoever waits for it is told.
    });
  }
});

say({ kind: "ready" });

async function keep(
  { sessionId, intervalMs }: Extract<HeartbeatOrder, { kind: "keep" }>,
  signal: AbortSignal,
): Promise<void> {
  await keepAlive(() => replicas, listenerFor(sessionId), {
    sessionId,
    intervalMs,
    vitals: () => {
      const { heldCount, heldHash } = readVitals(vitals);
      return { heldCount, heldHash };
    },
    lagMs: () => readVitals(vitals).lagMs,
    nowMs: monotonicMs,
    signal,
  });
}

function listenerFor(sessionId: bigint): HeartbeatListener {
  return {
    acknowledged: (sentAtMs) => say({ sessionId, kind: "acknowledged", sentAtMs }),
    reconcile: () => say({ sessionId, kind: "reconcile" }),
    unheard: () => say({ sessionId, kind: "unheard" }),
    dead: () => say({ sessionId, kind: "dead" }),
  };
}

function say(news: HeartbeatNews): void {
  parentPort?.postMessage(news);
}

function clientOf(endpoint: string): Client<typeof ExecutorLinkService> {
  const client =
    clients.get(endpoint) ??
    createClient(
      ExecutorLinkService,
      openGrpcTransport(`ipv4:${endpoint}`, { interceptors: clientInterceptors({ credentials }) }),
    );
  clients.set(endpoint, client);
  return client;
}
