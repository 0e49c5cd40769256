import cluster, { type Worker } from "node:cluster";
import { setTimeout as sleep } from "node:timers/promises";

import type { Log } from "../telemetry/log.ts";
import { mergedText, withCountsOf } from "./merged-metrics.ts";
import { readToPrimary, type ToWorker } from "./messages.ts";
import { WorkerFailed } from "./worker-failed.ts";

/** Copies of this process that share its ports. Disposing drains them all. */
export type Workers = AsyncDisposable & {
  /** Ends them at once. */
  kill(): void;
};

export type WorkersOptions = {
  readonly count: number;
  readonly log: Log;
  /** Whether they open their log files again at SIGHUP; it ends them where they do not. */
  readonly hearHangUp: boolean;
};

/** As long as a process takes to stop by itself, less than it is given. */
const STOP_LIMIT_MS = 14_000;
const METRICS_LIMIT_MS = 2_000;
/** Who lived shorter died of something that the next one will die of too. */
const SHORT_LIFE_MS = 10_000;
const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 5_000;

/** Whether this process is a copy that shares the ports of others. */
export function isWorker(): boolean {
  return cluster.isWorker;
}

/**
 * Starts copies of this process, which find out by `isWorker` that they are, and keeps their number: one that dies is
 * replaced. Resolves when all serve; the first one has to alone, so that what is wrong is said once.
 */
export async function openWorkers({ count, ...options }: WorkersOptions): Promise<Workers> {
  const pool = new WorkerPool(options);
  try {
    await pool.add();
    await Promise.all(Array.from({ length: count - 1 }, () => pool.add()));
  } catch (error) {
    await pool[Symbol.asyncDispose]();
    throw error;
  }
  return pool;
}

type Member = {
  readonly worker: Worker;
  readonly startedAtMs: number;
  readonly gone: Promise<void>;
  serves: boolean;
  /** What it said last of its metrics. */
  metrics: object;
};

class WorkerPool implements Workers {
  readonly #log: Log;
  readonly #members = new Set<Member>();
  readonly #stop = new AbortController();
  /** Hears the metrics that a worker was asked for, by the number of the question. */
  readonly #asked = new Map<number, (from: Member) => void>();
  readonly #hangUp = (): void => {
    for (const { worker, serves } of this.#members) if (serves) worker.process.kill("SIGHUP");
  };
  #lastAsked = 0;
  #keptCounts: object = [];
  #shortLives = 0;

  constructor({ log, hearHangUp }: Omit<WorkersOptions, "count">) {
    this.#log = log;
    if (hearHangUp) process.on("SIGHUP", this.#hangUp);
  }

  /** Starts one more; resolves when it serves, rejects when it ends before. */
  add(): Promise<void> {
    const worker = cluster.fork();
    return new Promise((resolve, reject) => {
      const gone = new Promise<void>((ended) => {
        worker.once("exit", (code: number | null, signal: string | null) => {
          this.#buried(member, { code, signal }).then(ended, ended);
          reject(new WorkerFailed(signal ?? `code ${code}`));
        });
      });
      const member: Member = {
        worker,
        startedAtMs: performance.now(),
        gone,
        serves: false,
        metrics: [],
      };
      this.#members.add(member);
      worker.on("error", (error) =>
        this.#log.warn("worker_unreachable", { worker: worker.id, error }),
      );
      worker.on("message", (raw: unknown) => {
        const message = readToPrimary(raw);
        if (message?.kind === "ready") {
          member.serves = true;
          resolve();
        } else if (message?.kind === "metrics") {
          member.metrics = message.metrics;
          this.#asked.get(message.id)?.(member);
        } else if (message?.kind === "metrics_wanted") {
          this.#tellMetrics(member, message.id).catch((error: unknown) =>
            this.#log.error("metrics_failed", { error }),
          );
        }
      });
    });
  }

  kill(): void {
    this.#stop.abort();
    for (const { worker } of this.#members) worker.process.kill("SIGKILL");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    process.off("SIGHUP", this.#hangUp);
    const all = Promise.all([...this.#members].map(({ gone }) => gone));
    for (const member of this.#members) tell(member, { kind: "drain" });
    const limit = new AbortController();
    await Promise.race([all, patience(STOP_LIMIT_MS, limit.signal)]);
    limit.abort();
    this.kill();
    await all;
  }

  /** Keeps what it counted, and has another one take its place. */
  async #buried(
    member: Member,
    end: { readonly code: number | null; readonly signal: string | null },
  ): Promise<void> {
    this.#members.delete(member);
    this.#keptCounts = await withCountsOf(this.#keptCounts, member.metrics);
    if (this.#stop.signal.aborted) return;
    this.#log.warn("worker_died", { worker: member.worker.id, ...end });
    if (member.serves || this.#shortLives > 0) {
      // One that fails to start is buried and replaced like any other.
      this.#replace(performance.now() - member.startedAtMs).catch(() => undefined);
    }
  }

  async #replace(livedMs: number): Promise<void> {
    this.#shortLives = livedMs < SHORT_LIFE_MS ? this.#shortLives + 1 : 1;
    const pauseMs = Math.min(
      MAX_PAUSE_MS,
      FIRST_PAUSE_MS * 2 ** Math.min(this.#shortLives - 1, 10),
    );
    await patience(pauseMs, this.#stop.signal);
    if (!this.#stop.signal.aborted) await this.add();
  }

  async #tellMetrics(to: Member, id: number): Promise<void> {
    await this.#askAll();
    const parts = [...this.#members].map(({ metrics }) => metrics);
    tell(to, { kind: "metrics_merged", id, text: await mergedText([this.#keptCounts, ...parts]) });
  }

  /** Brings the metrics of all workers up to date; one that does not answer in time is shown as it was. */
  async #askAll(): Promise<void> {
    const id = ++this.#lastAsked;
    const left = new Set([...this.#members].filter(({ serves }) => serves));
    if (left.size === 0) return;
    const limit = new AbortController();
    this.#asked.set(id, (from) => {
      left.delete(from);
      if (left.size === 0) limit.abort();
    });
    for (const member of left) tell(member, { kind: "metrics_asked", id });
    await patience(METRICS_LIMIT_MS, limit.signal);
    this.#asked.delete(id);
  }
}

function tell({ worker }: Member, message: ToWorker): void {
  // One that cannot be told is about to be buried.
  if (worker.isConnected()) worker.send(message, () => undefined);
}

async function patience(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch {
    // Ended early, as the signal wanted.
  }
}
