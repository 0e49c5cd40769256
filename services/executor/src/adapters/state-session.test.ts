import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { MessageChannel } from "node:worker_threads";

import { createClient, createRouterTransport } from "@connectrpc/connect";
import { ExecutorLinkService } from "@orchestrator/proto/state/v1/state_pb";

import { Lease } from "../session/lease.ts";
import { until } from "../testing/test-host.ts";
import type { HeartbeatListener } from "./heartbeats.ts";
import { monotonicMs } from "./monotonic.ts";
import { StateSession } from "./state-session.ts";

const LEASE_MS = 1_000;

describe("a session", () => {
  it("goes on when the main loop was busy for longer than its lease, and its thread kept it alive", async () => {
    const { session, thread, opened } = openSession();
    await using _ = session;
    await until(() => thread.isKeeping, "heartbeats are sent");
    busyFor(LEASE_MS + 200);
    thread.say(monotonicMs() - 100);
    await sleep(LEASE_MS / 2);
    assert.equal(opened(), 1);
  });

  it("is over when nothing was heard for the time of its lease", async () => {
    const { session, thread, opened } = openSession();
    await using _ = session;
    await until(() => thread.isKeeping, "heartbeats are sent");
    await until(() => opened() === 2, "another one is opened");
  });

  it("hands back what it held once state is heard again, so that nothing is taken for a death", async () => {
    const { session, opened, closed } = openSession();
    await using _ = session;
    await until(() => opened() === 2, "another one is opened");
    await until(() => closed.includes(1n), "the first one is closed");
  });
});

function busyFor(ms: number): void {
  const end = monotonicMs() + ms;
  while (monotonicMs() < end);
}

/** Stands for the thread of the heartbeats: what it says arrives like any message of a thread. */
class TestThread {
  readonly #channel = new MessageChannel();
  #listener: HeartbeatListener | undefined;

  constructor() {
    this.#channel.port2.on("message", (sentAtMs: number) => this.#listener?.acknowledged(sentAtMs));
    this.#channel.port2.unref();
  }

  get isKeeping(): boolean {
    return this.#listener !== undefined;
  }

  say(sentAtMs: number): void {
    this.#channel.port1.postMessage(sentAtMs);
  }

  async keep(listener: HeartbeatListener, signal: AbortSignal): Promise<void> {
    this.#listener = listener;
    await new Promise((resolve) => {
      signal.addEventListener("abort", resolve, { once: true });
    });
  }
}

function openSession() {
  let opened = 0;
  const closed: bigint[] = [];
  const transport = createRouterTransport(({ service }) => {
    service(ExecutorLinkService, {
      openSession: () => ({ sessionId: BigInt(++opened), leaseMs: LEASE_MS }),
      closeSession({ sessionId }) {
        closed.push(sessionId);
        return {};
      },
      async *link(requests) {
        for await (const _ of requests) yield {};
      },
    });
  });
  const thread = new TestThread();
  const session = new StateSession({
    executor: "test",
    offers: [],
    capacity: 1,
    takesAny: true,
    host: { take: () => assert.fail("nothing is assigned") },
    lease: new Lease(monotonicMs),
    replicas: { list: async () => ["test"] },
    clientOf: () => createClient(ExecutorLinkService, transport),
    heartbeats: (_, listener, signal) => thread.keep(listener, signal),
    ready: async () => undefined,
    nowMs: monotonicMs,
    events: {
      sessionOpened: () => undefined,
      sessionLost: () => undefined,
      stateUnreachable: () => undefined,
    },
  });
  session.start();
  return { session, thread, opened: () => opened, closed };
}
