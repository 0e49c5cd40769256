import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";

import type { Orchestrator } from "@orchestrator/client";
import { RunEventKind, RunView } from "@orchestrator/proto/v1/run_pb";

/** A call that failed, and when it was made. */
export type FailedCall = {
  readonly what: string;
  readonly startedAtMs: number;
  readonly error: string;
};

/** What the callers saw. */
export type Seen = {
  calls: number;
  /** Watches that broke and were opened again. */
  resumed: number;
  readonly failed: FailedCall[];
  /** By request id. */
  readonly runs: Map<string, string>;
  /** What must not happen. */
  readonly faults: string[];
};

/** Callers that go on until they are told to finish. */
export type WatchedRuns = { readonly seen: Seen; finish(): Promise<void> };

/** Three steps that take a while and may be repeated. */
export const DOCUMENT = `id: watched
name: Watched
steps:
  - {id: first, tool: terminal, action: execute, idempotent: true, parameters: {command: sleep 0.3}}
  - {id: then, action: set, dependencies: [first], parameters: {variables: {done: half}}}
  - {id: last, tool: terminal, action: execute, idempotent: true, dependencies: [then], parameters: {command: sleep 0.3}}
`;

const PAUSE_MS = 50;
/** Far more than it takes anywhere; a caller that fails this often in a row will not succeed. */
const MOST_TRIES = 20;

/** Each caller creates a run, watches it to its end, reads it, and starts over. */
export function startWatchedRuns(callers: ReadonlyMap<string, Orchestrator>): WatchedRuns {
  const seen: Seen = { calls: 0, resumed: 0, failed: [], runs: new Map(), faults: [] };
  const finishing = new AbortController();
  const lanes = Promise.allSettled(
    [...callers].map(async ([name, caller]) => {
      while (!finishing.signal.aborted) {
        await oneRun({ name, caller, seen });
      }
    }),
  );
  return {
    seen,
    async finish() {
      finishing.abort();
      for (const lane of await lanes) {
        if (lane.status === "rejected") throw lane.reason;
      }
    },
  };
}

type Lane = { readonly name: string; readonly caller: Orchestrator; readonly seen: Seen };

async function oneRun(lane: Lane): Promise<void> {
  const { runs } = lane.caller;
  const requestId = randomUUID();
  const created = await insist(lane, "CreateRun", () =>
    runs.createRun({ what: { case: "source", value: DOCUMENT }, requestId }),
  );
  const runId = created.run?.runId ?? "";
  lane.seen.runs.set(requestId, runId);
  await watch(lane, runId);
  await insist(lane, "GetRun", () => runs.getRun({ runId, view: RunView.BASIC }));
}

/** Follow a run through as many streams as it takes: each goes on after the last event that came. */
async function watch(lane: Lane, runId: string): Promise<void> {
  const { caller, seen } = lane;
  let last = 0n;
  let streams = 0;
  await insist(lane, "WatchRun", async () => {
    streams += 1;
    let hasEnded = false;
    for await (const { what } of caller.runs.watchRun({ runId, afterSequence: last })) {
      if (what.case === "event") {
        if (what.value.sequence !== last + 1n) {
          seen.faults.push(`${runId}: event ${what.value.sequence} came after ${last}`);
        }
        last = what.value.sequence;
        hasEnded = what.value.kind === RunEventKind.RUN_FINISHED;
      }
    }
    if (!hasEnded) {
      throw new Error("the stream ended before its run");
    }
  });
  seen.resumed += streams > 1 ? 1 : 0;
}

async function insist<T>({ name, seen }: Lane, method: string, call: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    const startedAtMs = Date.now();
    seen.calls += 1;
    try {
      return await call();
    } catch (thrown) {
      const error = String(thrown);
      seen.failed.push({ what: `${method} by ${name}`, startedAtMs, error });
      if (tries === MOST_TRIES) {
        throw thrown;
      }
      await delay(PAUSE_MS);
    }
  }
}
