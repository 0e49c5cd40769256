import { randomUUID } from "node:crypto";

import type { Client } from "@connectrpc/connect";
import { RunEventKind, type RunService } from "@orchestrator/proto/v1/run_pb";

/** Runs that are kept in flight, and what came of those that ended. */
export type Load = {
  /** Milliseconds from CreateRun to the terminal event, at the client. */
  readonly latenciesMs: number[];
  stop(): Promise<void>;
};

/** Keep a number of runs in flight: each is created, watched to its end, and followed by another. */
export function startLoad(
  runs: Client<typeof RunService>,
  { source, inFlight }: { source: string; inFlight: number },
): Load {
  const stopping = new AbortController();
  const latenciesMs: number[] = [];
  const lanes = Array.from({ length: inFlight }, async () => {
    while (!stopping.signal.aborted) {
      latenciesMs.push(await timedRun(runs, source));
    }
  });
  return {
    latenciesMs,
    async stop() {
      stopping.abort();
      await Promise.all(lanes);
    },
  };
}

/** Run a document once; answers with the milliseconds until its terminal event was seen. */
export async function timedRun(runs: Client<typeof RunService>, source: string): Promise<number> {
  const startedAt = performance.now();
  const what = { case: "source", value: source } as const;
  const { run } = await runs.createRun({ what, requestId: randomUUID() });
  const runId = run?.runId ?? "";
  const watched = runs.watchRun({
    runId,
    afterSequence: run?.lastSequence ?? 0n,
    kinds: [RunEventKind.RUN_FINISHED],
  });
  let endedAt: number | undefined;
  for await (const { what: seen } of watched) {
    if (seen.case === "event" && seen.value.kind === RunEventKind.RUN_FINISHED) {
      endedAt = performance.now();
      const { status } = JSON.parse(seen.value.payloadJson);
      if (status !== "completed") {
        throw new Error(`run ${runId} ended as ${status}`);
      }
    }
  }
  if (endedAt !== undefined) {
    return endedAt - startedAt;
  }
  throw new Error(`the events of run ${runId} ended without an end of the run`);
}
