import { randomUUID } from "node:crypto";
import { setMaxListeners } from "node:events";
import { appendFileSync, fsyncSync, openSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

import {
  Code,
  createOrchestrator,
  fromWireError,
  type Orchestrator,
  RpcError,
} from "@orchestrator/client";
import { openNodeTransport } from "@orchestrator/client/node";
import { RunView } from "@orchestrator/proto/v1/run_pb";

/** What the client was promised. */
export type Acknowledgement =
  | {
      readonly kind: "created";
      readonly requestId: string;
      readonly runId: string;
      readonly key: string;
    }
  | { readonly kind: "cancelled"; readonly runId: string };

export type ChaosClientOptions = {
  readonly url: string;
  readonly apiKey: string;
  readonly source: string;
  readonly inFlight: number;
  /** Acknowledgements, one JSON object a line, on disk before the client goes on. */
  readonly logFile: string;
  readonly random: () => number;
};

const RETRY_MS = 100;
const CALL_LIMIT_MS = 10_000;
const CANCELLED_SHARE = 0.05;
const POLL_MS = 250;

/** Keeps runs in flight whatever happens to the mesh, and writes down what it was promised. */
export class ChaosClient {
  readonly #options: ChaosClientOptions;
  readonly #runs: Orchestrator["runs"];
  readonly #log: number;
  readonly #open = new Set<string>();
  readonly #giveUp = new AbortController();
  readonly #lanes: Promise<PromiseSettledResult<void>[]>;
  #acknowledged = 0;
  #isFinishing = false;

  /** Starts as many lanes as runs shall be in flight; each creates a run, waits for its end, and starts over. */
  constructor(options: ChaosClientOptions) {
    const { url, apiKey, inFlight, logFile } = options;
    this.#options = options;
    this.#runs = createOrchestrator(openNodeTransport({ url, apiKey, protocol: "grpc" })).runs;
    this.#log = openSync(logFile, "a");
    setMaxListeners(0, this.#giveUp.signal); // Every lane waits on it.
    this.#lanes = Promise.allSettled(Array.from({ length: inFlight }, () => this.#lane()));
  }

  /** How many runs are acknowledged and not seen to end. */
  get open(): number {
    return this.#open.size;
  }

  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** Create no more; resolves when every acknowledged run was seen to end, or at the limit. */
  async finish(limitMs: number): Promise<void> {
    this.#isFinishing = true;
    const timer = setTimeout(() => {
      this.#giveUp.abort(new Error("the mesh did not end its runs in time"));
    }, limitMs);
    const results = await this.#lanes;
    clearTimeout(timer);
    for (const result of results) {
      if (result.status === "rejected") console.error("client:", String(result.reason));
    }
  }

  async #lane(): Promise<void> {
    await delay(2_000 * this.#options.random());
    while (!this.#isFinishing) {
      await this.#oneRun();
    }
  }

  async #oneRun(): Promise<void> {
    const { random } = this.#options;
    const runId = await this.#create();
    this.#open.add(runId);
    if (random() < CANCELLED_SHARE) {
      await delay(1_000 * random());
      await this.#cancel(runId);
    }
    await this.#ended(runId);
    this.#open.delete(runId);
  }

  async #create(): Promise<string> {
    const { source, random } = this.#options;
    const key = randomUUID();
    const requestId = randomUUID();
    const value = JSON.stringify({ key, seconds: 0.2 + random() });
    const request = {
      what: { case: "source", value: source },
      given: { case: "inputsJson", value },
      requestId,
    } as const;
    const { run } = await insist(
      (timeoutMs) => this.#runs.createRun(request, { timeoutMs }),
      this.#giveUp.signal,
    );
    const runId = run?.runId ?? "";
    this.#acknowledge({ kind: "created", requestId, runId, key });
    this.#acknowledged += 1;
    return runId;
  }

  async #cancel(runId: string): Promise<void> {
    const request = { runId, requestId: randomUUID(), reason: "chaos" };
    try {
      await insist(
        (timeoutMs) => this.#runs.cancelRun(request, { timeoutMs }),
        this.#giveUp.signal,
      );
      this.#acknowledge({ kind: "cancelled", runId });
    } catch (error) {
      // It had ended before.
      if (!(error instanceof RpcError && error.code === Code.FailedPrecondition)) {
        throw error;
      }
    }
  }

  async #ended(runId: string): Promise<void> {
    const { signal } = this.#giveUp;
    for (;;) {
      const { run } = await insist(
        (timeoutMs) => this.#runs.getRun({ runId, view: RunView.BASIC }, { timeoutMs }),
        signal,
      );
      if (run?.endTime !== undefined) {
        return;
      }
      await delay(POLL_MS, undefined, { signal });
    }
  }

  #acknowledge(ack: Acknowledgement): void {
    appendFileSync(this.#log, `${JSON.stringify(ack)}\n`);
    fsyncSync(this.#log);
  }
}

/** Call until an answer comes; only what says that the mesh is in trouble is tried again. */
async function insist<T>(call: (timeoutMs: number) => Promise<T>, signal: AbortSignal): Promise<T> {
  for (;;) {
    signal.throwIfAborted();
    try {
      return await call(CALL_LIMIT_MS);
    } catch (error) {
      const { code } = error instanceof RpcError ? error : fromWireError(error);
      if (
        ![
          Code.Unavailable,
          Code.DeadlineExceeded,
          Code.Canceled,
          Code.Aborted,
          Code.ResourceExhausted,
          Code.Unknown,
        ].includes(code)
      ) {
        throw error;
      }
      await delay(RETRY_MS);
    }
  }
}
