import type { Worker } from "node:worker_threads";

import { openWorker } from "@orchestrator/service";

import type { HeartbeatListener } from "./heartbeats.ts";
import type { ReplicaDirectory } from "./replica-directory.ts";
import { type ReadVitals, shareVitals, writeVitals } from "./shared-vitals.ts";

/** What the thread is given when it starts. */
export type HeartbeatThreadData = {
  readonly meshSecret: string | undefined;
  readonly vitals: SharedArrayBuffer;
};

/** What the thread is told: a session to keep alive from now on, where the replicas are now, or that it is over. */
export type HeartbeatOrder =
  | {
      readonly kind: "keep";
      readonly sessionId: bigint;
      readonly intervalMs: number;
      readonly endpoints: readonly string[];
    }
  | { readonly kind: "replicas"; readonly endpoints: readonly string[] }
  | { readonly kind: "leave" };

/** What the thread says. */
export type HeartbeatNews =
  | { readonly kind: "ready" }
  | { readonly kind: "acknowledged"; readonly sessionId: bigint; readonly sentAtMs: number }
  | { readonly kind: "reconcile" | "unheard" | "dead"; readonly sessionId: bigint };

type Keeping = {
  readonly sessionId: bigint;
  readonly listener: HeartbeatListener;
  readonly vitals: ReadVitals;
  readonly over: () => void;
  /** Find out where the replicas are now. */
  readonly lookAround: () => void;
};

type Thread = { readonly worker: Worker; readonly ready: Promise<void> };

const TICK_MS = 250;
/** How often the replicas are looked up, beside whenever one was lost. */
const LOOK_AROUND_MS = 5_000;

/**
 * Keeps sessions alive from a thread with connections of its own, so that a main loop that is busy does not lose them;
 * how long it has been busy is told with every beat (architecture 4.4).
 *
 * There is one thread for the whole life of the process, ready before the first session: a new one for each would take
 * longer to start on a busy machine than a lease lasts.
 */
export class HeartbeatThread implements AsyncDisposable {
  readonly #shared = shareVitals();
  readonly #meshSecret: string | undefined;
  #thread: Thread | undefined;
  #keeping: Keeping | undefined;

  constructor({ meshSecret }: Pick<HeartbeatThreadData, "meshSecret">) {
    this.#meshSecret = meshSecret;
  }

  /** Until the thread runs; one that broke is started anew. */
  async ready(): Promise<void> {
    this.#thread ??= this.#start();
    await this.#thread.ready;
  }

  /** Keep one session alive until it is dead or the signal aborts. */
  async keep(
    session: {
      readonly sessionId: bigint;
      readonly intervalMs: number;
      readonly replicas: ReplicaDirectory;
    },
    listener: HeartbeatListener,
    { vitals, signal }: { vitals: ReadVitals; signal: AbortSignal },
  ): Promise<void> {
    const { sessionId, intervalMs, replicas } = session;
    const endpoints = (await listed(replicas)) ?? [];
    const tick = (): void => writeVitals(this.#shared, vitals());
    tick();
    const lookAround = this.#lookingAround(sessionId, replicas);
    const timers = [setInterval(tick, TICK_MS), setInterval(lookAround, LOOK_AROUND_MS)];
    try {
      await new Promise<void>((over) => {
        if (signal.aborted) {
          over();
          return;
        }
        this.#keeping = { sessionId, listener, vitals, over, lookAround };
        signal.addEventListener("abort", () => over(), { once: true });
        this.#order({ kind: "keep", sessionId, intervalMs, endpoints });
      });
    } finally {
      for (const timer of timers) {
        clearInterval(timer);
      }
      this.#keeping = undefined;
      this.#order({ kind: "leave" });
    }
  }

  /** Tells the thread where the replicas are now; one look at a time. Where it finds nothing, those that are known stay. */
  #lookingAround(sessionId: bigint, replicas: ReplicaDirectory): () => void {
    let isLooking = false;
    const look = async (): Promise<void> => {
      const endpoints = await listed(replicas);
      isLooking = false;
      if (endpoints !== undefined && this.#keeping?.sessionId === sessionId) {
        this.#order({ kind: "replicas", endpoints });
      }
    };
    return () => {
      if (!isLooking) {
        isLooking = true;
        look().catch(ignore);
      }
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#thread?.worker.terminate();
  }

  #order(order: HeartbeatOrder): void {
    this.#thread ??= this.#start();
    this.#thread.worker.postMessage(order);
  }

  #start(): Thread {
    const worker = openWorker("./heartbeat-worker", {
      from: import.meta.url,
      name: "heartbeats",
      workerData: {
        meshSecret: this.#meshSecret,
        vitals: this.#shared,
      } satisfies HeartbeatThreadData,
    });
    const ready = new Promise<void>((resolve) => {
      worker.on("message", (news: HeartbeatNews) => {
        if (news.kind === "ready") resolve();
        else this.#hear(news);
      });
      worker.on("error", () => resolve()); // Whoever waited finds out by its lease.
    });
    worker.on("error", () => this.#broken());
    worker.on("exit", () => this.#broken());
    return { worker, ready };
  }

  /** The session that was kept ends here: it will not be heard of again. */
  #broken(): void {
    this.#thread = undefined;
    this.#keeping?.over();
  }

  #hear(news: Exclude<HeartbeatNews, { kind: "ready" }>): void {
    const keeping = this.#keeping;
    if (keeping === undefined || keeping.sessionId !== news.sessionId) {
      return;
    }
    switch (news.kind) {
      case "acknowledged":
        keeping.listener.acknowledged(news.sentAtMs);
        return;
      case "reconcile":
        keeping.listener.reconcile();
        return;
      case "unheard":
        keeping.listener.unheard();
        keeping.lookAround();
        return;
      case "dead":
        keeping.listener.dead();
        keeping.over();
    }
  }
}

/** Where the replicas are; undefined when that cannot be found out now, or there are none. */
async function listed(replicas: ReplicaDirectory): Promise<readonly string[] | undefined> {
  try {
    const endpoints = await replicas.list();
    return endpoints.length === 0 ? undefined : endpoints;
  } catch {
    return undefined;
  }
}

function ignore(): void {
  // The next look may find them.
}
