import type { Worker } from "node:worker_threads";

import type { Plan } from "@orchestrator/pipeline";
import { openWorker } from "@orchestrator/service";

import type { HeavyWork } from "../heavy-work.ts";
import type { Answer, Request } from "./heavy-work-thread.ts";

/** Threads, started when there is work for them; jobs beyond that wait. */
const MAX_THREADS = 2;
/** Jobs that may wait; one more is refused, and its step fails. */
const MAX_WAITING = 1_000;
/** A thread without work for this long is ended. */
const IDLE_MS = 30_000;
/** Time that rendering and data work may take in all; the thread is ended then, since it cannot be asked to stop. */
const MAX_JOB_MS = 120_000;
const HEAP_MB = 1_024;

type Job = {
  readonly work: Request["work"];
  readonly signal: AbortSignal;
  readonly resolve: (answer: Answer & { kind: "done" }) => void;
  readonly reject: (error: Error) => void;
};

/** Creates the threads that take heavy work off the event loop. */
export function createHeavyWork(): HeavyWork {
  return new Threads();
}

class Threads implements HeavyWork {
  readonly #threads = new Set<Thread>();
  readonly #waiting: Job[] = [];
  #isClosed = false;

  async render(job: Parameters<HeavyWork["render"]>[0], signal: AbortSignal) {
    const { result } = await this.#do({ kind: "render", job }, signal);
    return result.kind === "rendered" ? result.rendered : unexpected();
  }

  async compute(job: Parameters<HeavyWork["compute"]>[0], signal: AbortSignal) {
    const { result } = await this.#do({ kind: "compute", job }, signal);
    return result.kind === "computed" ? result.outcome : unexpected();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    for (const job of this.#waiting.splice(0)) {
      job.reject(new Error("the executor stops"));
    }
    await Promise.all(
      [...this.#threads].map((thread) => thread.end(new Error("the executor stops"))),
    );
  }

  #do(work: Request["work"], signal: AbortSignal): Promise<Answer & { kind: "done" }> {
    return new Promise((resolve, reject) => {
      if (this.#isClosed || this.#waiting.length >= MAX_WAITING) {
        reject(new Error(this.#isClosed ? "the executor stops" : "too much heavy work waits"));
        return;
      }
      this.#waiting.push({ work, signal, resolve, reject });
      this.#assign();
    });
  }

  #assign(): void {
    while (this.#waiting.length > 0) {
      const thread = this.#freeThread();
      const job = thread === undefined ? undefined : this.#waiting.shift();
      if (thread === undefined || job === undefined) {
        return;
      }
      if (job.signal.aborted) {
        job.reject(reasonOf(job.signal));
      } else {
        thread.run(job);
      }
    }
  }

  #freeThread(): Thread | undefined {
    for (const thread of this.#threads) {
      if (thread.isFree) {
        return thread;
      }
    }
    if (this.#threads.size >= MAX_THREADS) {
      return undefined;
    }
    const thread = new Thread({
      freed: () => this.#assign(),
      ended: (gone) => {
        this.#threads.delete(gone);
        this.#assign();
      },
    });
    this.#threads.add(thread);
    return thread;
  }
}

type ThreadEvents = { readonly freed: () => void; readonly ended: (thread: Thread) => void };

/** One thread, which does one job at a time. A job that is given up ends it: what it computes cannot be stopped otherwise. */
class Thread {
  readonly #worker: Worker;
  readonly #events: ThreadEvents;
  /** Plans that were sent, by hash. */
  readonly #plans = new Set<string>();
  #job: (Job & { readonly release: () => void }) | undefined;
  #idle: NodeJS.Timeout | undefined;
  #isEnding = false;

  constructor(events: ThreadEvents) {
    this.#events = events;
    this.#worker = openWorker("./heavy-work-thread", {
      from: import.meta.url,
      name: "heavy-work",
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    });
    this.#worker.unref();
    this.#worker.on("message", (answer: Answer) => this.#answered(answer));
    this.#worker.on("error", (error: Error) => this.#failed(error));
    this.#worker.on("exit", () => {
      this.#failed(new Error("the thread ended"));
      events.ended(this);
    });
  }

  get isFree(): boolean {
    return this.#job === undefined && !this.#isEnding;
  }

  run(job: Job): void {
    clearTimeout(this.#idle);
    const { signal } = job;
    const give = (): void => {
      this.#endQuietly(reasonOf(signal));
    };
    const timer = setTimeout(
      () => this.#endQuietly(new Error("heavy work took too long")),
      MAX_JOB_MS,
    );
    signal.addEventListener("abort", give, { once: true });
    const release = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", give);
      this.#worker.unref();
    };
    this.#job = { ...job, release };
    this.#worker.ref();
    this.#worker.postMessage(this.#requestFor(job.work));
  }

  async end(error: Error): Promise<void> {
    this.#isEnding = true;
    clearTimeout(this.#idle);
    this.#failed(error);
    await this.#worker.terminate();
  }

  #endQuietly(why: Error): void {
    this.end(why).catch(nothing);
  }

  /** A plan is sent once to each thread. */
  #requestFor(work: Request["work"]): Request {
    if (work.kind !== "render") {
      return { work, plan: undefined };
    }
    const { plan, ...job } = work.job;
    const isKnown = this.#plans.has(plan.documentHash);
    this.#plans.add(plan.documentHash);
    return {
      work: { kind: "render", job: { ...job, plan: named(plan) } },
      plan: isKnown ? undefined : plan,
    };
  }

  #answered(answer: Answer): void {
    const job = this.#job;
    this.#job = undefined;
    job?.release();
    if (answer.kind === "done") {
      job?.resolve(answer);
    } else {
      job?.reject(new Error(answer.message));
    }
    this.#idle = setTimeout(() => this.#endQuietly(new Error("idle")), IDLE_MS);
    this.#idle.unref();
    this.#events.freed();
  }

  #failed(error: Error): void {
    const job = this.#job;
    this.#job = undefined;
    job?.release();
    job?.reject(error);
  }
}

/** The plan as its name only. */
function named(plan: Plan): Plan {
  return { ...plan, steps: [], outputs: [], inputs: [], sections: {} };
}

function reasonOf({ reason }: AbortSignal): Error {
  return reason instanceof Error ? reason : new Error("stopped");
}

/** A thread that cannot be ended has ended already, and `exit` has told so. */
function nothing(): void {}

function unexpected(): never {
  throw new Error("a thread answered something else");
}
