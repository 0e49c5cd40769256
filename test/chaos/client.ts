import { randomUUID } from "node:crypto";
import { appendFileSync, fsyncSync, openSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

import { Code, createOrchestrator, fromWireError, RpcError } from "@orchestrator/client";
import { openNodeTransport } from "@orchestrator/client/node";

/** What the client was promised. */
export type Acknowledgement =
  | { readonly kind: "created"; readonly requestId: string; readonly runId: string; readonly key: string }
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

/** Keeps runs in flight whatever happens to the mesh, and writes down what it was promised. */
export type ChaosClient = {
  /** Acknowledged and not seen to end. */
  readonly open: ReadonlySet<string>;
  readonly acknowledged: number;
  /** Create no more; resolves when every acknowledged run was seen to end, or at the limit. */
  finish(limitMs: number): Promise<void>;
};

const RETRY_MS = 100;
const CALL_LIMIT_MS = 10_000;
const CANCELLED_SHARE = 0.05;
const POLL_MS = 250;

/** Start as many lanes as runs shall be in flight; each creates a run, waits for its end, and starts over. */
export function startChaosClient(options: ChaosClientOptions): ChaosClient {
  const { url, apiKey, source, inFlight, logFile, random } = options;
  const { runs } = createOrchestrator(openNodeTransport({ url, apiKey, protocol: "grpc" }));
  const log = openSync(logFile, "a");
  const open = new Set<string>();
  let acknowledged = 0;
  let isFinishing = false;
  const giveUp = new AbortController();

  function acknowledge(ack: Acknowledgement): void {
    appendFileSync(log, `${JSON.stringify(ack)}\n`);
    fsyncSync(log);
  }

  async function oneRun(): Promise<void> {
    const key = randomUUID();
    const requestId = randomUUID();
    const inputsJson = JSON.stringify({ key, seconds: 0.2 + random() });
    const { run } = await insist(
      (timeoutMs) =>
        runs.createRun(
          { what: { case: "source", value: source }, requestId, given: { case: "inputsJson", value: inputsJson } },
          { timeoutMs },
        ),
      giveUp.signal,
    );
    const runId = run?.runId ?? "";
    acknowledge({ kind: "created", requestId, runId, key });
    acknowledged += 1;
    open.add(runId);
    if (random() < CANCELLED_SHARE) {
      await delay(1_000 * random());
      await cancel(runId);
    }
    await ended(runId);
    open.delete(runId);
  }

  async function cancel(runId: string): Promise<void> {
    const requestId = randomUUID();
    try {
      await insist(
        (timeoutMs) => runs.cancelRun({ runId, requestId, reason: "chaos" }, { timeoutMs }),
        giveUp.signal,
      );
      acknowledge({ kind: "cancelled", runId });
    } catch (error) {
      if (!(error instanceof RpcError && error.code === Code.FailedPrecondition)) {
        throw error;
      }
    }
  }

  async function ended(runId: string): Promise<void> {
    for (;;) {
      const { run } = await insist((timeoutMs) => runs.getRun({ runId, view: 1 }, { timeoutMs }), giveUp.signal);
      if (run !== undefined && run.endTime !== undefined) {
        return;
      }
      await delay(POLL_MS, undefined, { signal: giveUp.signal });
    }
  }

  const lanes = Array.from({ length: inFlight }, async () => {
    await delay(2_000 * random());
    while (!isFinishing) {
      await oneRun();
    }
  });
  const all = Promise.allSettled(lanes);
  return {
    open,
    get acknowledged() {
      return acknowledged;
    },
    async finish(limitMs) {
      isFinishing = true;
      const timer = setTimeout(() => giveUp.abort(new Error("the mesh did not end its runs in time")), limitMs);
      const results = await all;
      clearTimeout(timer);
      const broken = results.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
      for (const reason of broken.slice(0, 3)) {
        console.error("client:", reason);
      }
    },
  };
}

/** Call until an answer comes; only what says that the mesh is in trouble is tried again. */
async function insist<T>(call: (timeoutMs: number) => Promise<T>, signal: AbortSignal): Promise<T> {
  for (;;) {
    signal.throwIfAborted();
    try {
      return await call(CALL_LIMIT_MS);
    } catch (error) {
      const { code } = error instanceof RpcError ? error : fromWireError(error);
      if (![Code.Unavailable, Code.DeadlineExceeded, Code.Canceled, Code.Aborted, Code.ResourceExhausted, Code.Unknown].includes(code)) {
        throw error;
      }
      await delay(RETRY_MS);
    }
  }
}
