import { type Client, createClient, type Transport } from "@connectrpc/connect";
import { ExecutorLinkService } from "@orchestrator/proto/state/v1/state_pb";
import type { OpenTransport } from "@orchestrator/rpc-node";
import { openPeer, type PeerOptions } from "@orchestrator/service";

import { HeartbeatThread } from "./heartbeat-thread.ts";
import { keepAlive } from "./heartbeats.ts";
import { monotonicMs } from "./monotonic.ts";
import { type ReplicaDirectory, replicaDirectory } from "./replica-directory.ts";
import type { Heartbeats } from "./state-session.ts";

/** The replicas of state as one executor sees them. */
export type StateReplicas = AsyncDisposable & {
  readonly directory: ReplicaDirectory;
  readonly clientOf: (endpoint: string) => Client<typeof ExecutorLinkService>;
  readonly heartbeats: Heartbeats;
  /** Until heartbeats can be sent; a session that is opened before could be over before its first one. */
  readonly ready: () => Promise<void>;
};

/** Heartbeats go out this often within a lease. */
const BEATS_PER_LEASE = 5;

/** Replicas in other processes: a channel to each, and heartbeats from a thread of their own. */
export function remoteReplicas(peer: PeerOptions): StateReplicas {
  const { services, security } = peer.settings;
  const directory = replicaDirectory(services.state.address);
  const transports = new Map<string, OpenTransport>();
  const thread = new HeartbeatThread({ meshSecret: security.meshSecret?.reveal() });
  return {
    directory,
    ready: () => thread.ready(),
    clientOf(endpoint) {
      const transport =
        transports.get(endpoint) ?? openPeer("state", { ...peer, address: `ipv4:${endpoint}` });
      transports.set(endpoint, transport);
      return createClient(ExecutorLinkService, transport);
    },
    async heartbeats({ sessionId, leaseMs, vitals }, listener, signal) {
      const session = { sessionId, intervalMs: leaseMs / BEATS_PER_LEASE, replicas: directory };
      await thread.keep(session, listener, { vitals, signal });
    },
    async [Symbol.asyncDispose]() {
      await thread[Symbol.asyncDispose]();
      for (const transport of transports.values()) {
        transport[Symbol.dispose]();
      }
    },
  };
}

/** State in this process: there is one replica, and a main loop that is busy keeps both of us from working. */
export function localReplica(transport: Transport): StateReplicas {
  const client = createClient(ExecutorLinkService, transport);
  return {
    directory: { list: async () => ["in-process"] },
    ready: async () => undefined,
    clientOf: () => client,
    heartbeats: ({ sessionId, leaseMs, vitals }, listener, signal) =>
      keepAlive(() => [client], listener, {
        sessionId,
        intervalMs: leaseMs / BEATS_PER_LEASE,
        vitals,
        lagMs: () => 0,
        nowMs: monotonicMs,
        signal,
      }),
    async [Symbol.asyncDispose]() {
      // The transport belongs to whoever handed it over.
    },
  };
}
