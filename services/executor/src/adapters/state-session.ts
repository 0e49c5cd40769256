import type { Client } from "@connectrpc/connect";
import type { ExecutorLinkService } from "@orchestrator/proto/state/v1/state_pb";
import { pause } from "@orchestrator/rpc-node";

import { creditFor } from "../link/credit.ts";
import type { RunHost } from "../run-channel.ts";
import type { Lease } from "../session/lease.ts";
import type { SessionEvents } from "../session/session-events.ts";
import type { HeartbeatListener, Vitals } from "./heartbeats.ts";
import { HeldRuns } from "./held-runs.ts";
import { LinkStream } from "./link-stream.ts";
import type { ReplicaDirectory } from "./replica-directory.ts";

/** Keeps one session alive until the signal aborts or the session is dead. */
export type Heartbeats = (
  session: { readonly sessionId: bigint; readonly leaseMs: number; readonly vitals: () => Vitals },
  listener: HeartbeatListener,
  signal: AbortSignal,
) => Promise<void>;

export type StateSessionOptions = {
  readonly executor: string;
  readonly offers: readonly string[];
  readonly capacity: number;
  /** False: only runs that are asked for by name. */
  readonly takesAny: boolean;
  readonly host: RunHost;
  readonly lease: Lease;
  readonly replicas: ReplicaDirectory;
  /** A client of one replica. */
  readonly clientOf: (endpoint: string) => Client<typeof ExecutorLinkService>;
  readonly heartbeats: Heartbeats;
  /** Until heartbeats can be sent. */
  readonly ready: () => Promise<void>;
  readonly nowMs: () => number;
  readonly events: SessionEvents;
};

const RETRY_MS = 250;
/** How often the replicas are looked up, and a lapsed lease is noticed. */
const LOOK_AROUND_MS = 5_000;
const LEASE_CHECK_MS = 250;
const CALL_LIMIT_MS = 5_000;

/** Keeps this executor in the mesh: a session at a time, with a link to every replica of state. */
export class StateSession implements AsyncDisposable {
  readonly #options: StateSessionOptions;
  readonly #closing = new AbortController();
  readonly #wanted = new Map<string, Uint8Array>();
  readonly #links = new Set<LinkStream>();
  readonly #held: HeldRuns;
  #sessionId = 0n;
  /** How many replicas the address had when it was last looked up. */
  #replicas = 0;
  #isDraining = false;
  #done: Promise<void> = Promise.resolve();

  constructor(options: StateSessionOptions) {
    this.#options = options;
    this.#held = new HeldRuns({ host: options.host, onChange: () => this.#spreadCredit() });
  }

  /** Open sessions until closed; called once. */
  start(): void {
    this.#done = this.#serve();
  }

  get status(): { sessionId: bigint; heldRuns: number; isLinked: boolean; isDraining: boolean } {
    return {
      sessionId: this.#sessionId,
      heldRuns: this.#held.table.count,
      isLinked: this.#links.size > 0,
      isDraining: this.#isDraining,
    };
  }

  /** Ask for a run by its id; only needed where not any run is taken. */
  want(runId: Uint8Array): void {
    this.#wanted.set(Buffer.from(runId).toString("hex"), runId);
    for (const link of this.#links) {
      link.want(runId);
    }
  }

  /** Take no more runs. */
  drain(): void {
    this.#isDraining = true;
    this.#held.drain();
  }

  /** End the session: what is still held goes back at once. The host must have stopped before. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.drain();
    const sessionId = this.#sessionId;
    for (const link of this.#links) {
      link.end();
    }
    if (sessionId !== 0n) {
      await this.#close(sessionId);
    }
    this.#closing.abort(new Error("the executor stops"));
    await this.#done;
    this.#held.lose("the executor stops");
  }

  async #close(sessionId: bigint): Promise<void> {
    for (const endpoint of await this.#endpoints()) {
      try {
        const client = this.#options.clientOf(endpoint);
        await client.closeSession({ sessionId }, { timeoutMs: CALL_LIMIT_MS });
        return;
      } catch (error) {
        // The next replica can do it as well; without any, the session dies of silence.
        this.#options.events.stateUnreachable({ endpoint, error });
      }
    }
  }

  async #serve(): Promise<void> {
    const { signal } = this.#closing;
    let former = 0n;
    while (!signal.aborted) {
      await this.#options.ready();
      const session = await this.#open(signal);
      if (session === undefined) {
        await pause(RETRY_MS, signal);
        continue;
      }
      this.#sessionId = session.sessionId;
      this.#options.events.sessionOpened(session);
      // What the former session held was dropped here: it need not die first, which would count against its runs.
      await Promise.all([
        this.#live(session, signal),
        former === 0n ? undefined : this.#close(former),
      ]);
      former = session.sessionId;
      this.#sessionId = 0n;
      if (!signal.aborted) {
        this.#options.lease.lost();
        this.#options.events.sessionLost({ ...session, heldRuns: this.#held.table.count });
        this.#held.lose("the session is dead");
      }
    }
  }

  async #open(signal: AbortSignal): Promise<Session | undefined> {
    const { executor, offers, capacity, nowMs, lease, events } = this.#options;
    for (const endpoint of await this.#endpoints()) {
      const sentAtMs = nowMs();
      try {
        const { sessionId, leaseMs } = await this.#options
          .clientOf(endpoint)
          .openSession(
            { executor, offers: [...offers], capacity },
            { signal, timeoutMs: CALL_LIMIT_MS },
          );
        lease.renewed(sentAtMs, leaseMs);
        return { sessionId, leaseMs };
      } catch (error) {
        if (!signal.aborted) {
          events.stateUnreachable({ endpoint, error });
        }
      }
    }
    return undefined;
  }

  /** Until the session is over. */
  async #live(session: Session, closing: AbortSignal): Promise<void> {
    const over = new AbortController();
    const signal = AbortSignal.any([closing, over.signal]);
    const end = (): void => over.abort(new Error("the session is over"));
    const endIfOver = (): void => {
      if (this.#options.lease.isOver) end();
    };
    const lapsed = setInterval(() => {
      // After a main loop that was busy, what the thread has heard meanwhile comes first.
      if (this.#options.lease.isOver) setImmediate(endIfOver);
    }, LEASE_CHECK_MS);
    try {
      const beating = this.#options.heartbeats(
        { ...session, vitals: () => this.#vitals() },
        this.#listener(end),
        signal,
      );
      await Promise.all([beating.finally(end), this.#keepLinks(session, signal)]);
    } finally {
      clearInterval(lapsed);
    }
  }

  #vitals(): Vitals {
    const { count, hash } = this.#held.table;
    return { heldCount: count, heldHash: hash };
  }

  #listener(end: () => void): HeartbeatListener {
    const { lease } = this.#options;
    return {
      acknowledged: (sentAtMs) => lease.renewed(sentAtMs),
      unheard: () => lease.unheard(),
      dead: end,
      reconcile: () => {
        const link = [...this.#links].find(({ carries }) => carries);
        link?.reconcile(this.#held.list());
      },
    };
  }

  /** A link to every replica, opened again when it ends. */
  async #keepLinks(session: Session, signal: AbortSignal): Promise<void> {
    const serving = new Map<string, Promise<void>>();
    let wake: (() => void) | undefined;
    while (!signal.aborted) {
      const endpoints = await this.#endpoints();
      this.#replicas = endpoints.length;
      for (const endpoint of endpoints) {
        if (!serving.has(endpoint)) {
          const done = this.#serveLink(endpoint, { session, signal }).finally(() => {
            serving.delete(endpoint);
            wake?.();
          });
          serving.set(endpoint, done);
        }
      }
      // Not by racing the links: each look would leave something behind at every one that stays open.
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, serving.size === 0 ? RETRY_MS : LOOK_AROUND_MS);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    await Promise.all(serving.values());
  }

  async #serveLink(
    endpoint: string,
    { session, signal }: { session: Session; signal: AbortSignal },
  ): Promise<void> {
    const { takesAny, clientOf, events } = this.#options;
    const link = new LinkStream(clientOf(endpoint), {
      endpoint,
      sessionId: session.sessionId,
      takesAny,
      credit: 0,
    });
    this.#links.add(link);
    this.#held.linkOpened(link);
    for (const runId of this.#wanted.values()) {
      link.want(runId);
    }
    this.#spreadCredit();
    try {
      await link.serve(this.#held, signal);
    } catch (error) {
      if (!signal.aborted) {
        events.stateUnreachable({ endpoint, error });
      }
    } finally {
      this.#links.delete(link);
      this.#held.linkEnded(link);
      this.#spreadCredit();
    }
    await pause(RETRY_MS, signal);
  }

  #spreadCredit(): void {
    if (this.#isDraining || !this.#options.takesAny) {
      return;
    }
    const links = [...this.#links].filter(({ carries }) => carries);
    const { capacity } = this.#options;
    const held = this.#held.table.count;
    for (const [link, extra] of creditFor(links, { capacity, held, replicas: this.#replicas })) {
      link.grant(extra);
    }
  }

  async #endpoints(): Promise<readonly string[]> {
    try {
      return await this.#options.replicas.list();
    } catch (error) {
      this.#options.events.stateUnreachable({ endpoint: "", error });
      return [];
    }
  }
}

type Session = { readonly sessionId: bigint; readonly leaseMs: number };
