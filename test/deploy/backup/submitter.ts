import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";

import type { Orchestrator } from "@orchestrator/client";

/** A run that was acknowledged. */
export type Acknowledged = {
  readonly requestId: string;
  readonly runId: string;
  readonly atMs: number;
};

/** Creates runs until it is stopped; what was not acknowledged is not counted. */
export type Submitter = {
  readonly acknowledged: readonly Acknowledged[];
  stop(): Promise<void>;
};

/** Takes about three seconds; every step may be repeated. */
const DOCUMENT = `id: drill
name: Drill
steps:
  - {id: first, tool: terminal, action: execute, idempotent: true, parameters: {command: sleep 1}}
  - {id: then, tool: terminal, action: execute, idempotent: true, dependencies: [first], parameters: {command: sleep 1}}
  - {id: last, tool: terminal, action: execute, idempotent: true, dependencies: [then], parameters: {command: sleep 1}}
outputs:
  ended: "{{ last.return_code }}"
`;

const PAUSE_MS = 150;

/** Submit a run, and another a moment after it. */
export function startSubmitter({ runs }: Orchestrator): Submitter {
  const acknowledged: Acknowledged[] = [];
  const stopped = new AbortController();
  const { signal } = stopped;
  const working = (async () => {
    while (!signal.aborted) {
      const requestId = randomUUID();
      try {
        acknowledged.push({ requestId, ...(await submit({ runs }, requestId)) });
      } catch (error) {
        if (!signal.aborted) throw error;
      }
      await delay(PAUSE_MS);
    }
  })();
  return {
    acknowledged,
    async stop() {
      stopped.abort();
      await working;
    },
  };
}

/** Submit a run under a request id, which may have been used before. */
export async function submit(
  { runs }: Pick<Orchestrator, "runs">,
  requestId: string,
): Promise<Pick<Acknowledged, "runId" | "atMs">> {
  const { run } = await runs.createRun({
    what: { case: "source", value: DOCUMENT },
    requestId,
  });
  return { runId: run?.runId ?? "", atMs: Date.now() };
}
