import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";

import { fromWireError, type Orchestrator, RpcError, Code } from "@orchestrator/client";
import { type RunEvent, RunEventKind } from "@orchestrator/proto/v1/run_pb";

/** An event with the moment at which it was seen. */
export type SeenEvent = RunEvent & { readonly seenAtMs: number };

/** A run that is watched from its first event on, whatever happens to the mesh. */
export type FollowedRun = {
  readonly runId: string;
  /** What was seen so far, in the order in which it came. */
  readonly events: readonly SeenEvent[];
  /** How often the watch broke and was taken up again. */
  readonly resumed: () => number;
  /** The first event that is so, once it is seen. */
  seen(kind: RunEventKind, where?: (event: RunEvent) => boolean): Promise<SeenEvent>;
  /** The result document, once the run has ended. */
  document(): Promise<ResultDocument>;
};

/** The parts of the result document that tests ask about. */
export type ResultDocument = {
  readonly success: boolean;
  readonly status: string;
  readonly steps: Readonly<
    Record<string, { readonly status: string; readonly error?: { readonly code: string } | null }>
  >;
  readonly outputs: Readonly<Record<string, unknown>>;
};

const LIMIT_MS = 120_000;
const POLL_MS = 20;
const RETRY_MS = 100;
const CALL_LIMIT_MS = 30_000;

/** Creates a run from a document and follows it. */
export async function followRun(
  { runs }: Orchestrator,
  source: string,
  {
    inputs = {},
    headers = {},
  }: { inputs?: Record<string, unknown>; headers?: Record<string, string> } = {},
): Promise<FollowedRun> {
  const { run } = await runs.createRun(
    {
      what: { case: "source", value: source },
      given: { case: "inputsJson", value: JSON.stringify(inputs) },
      requestId: randomUUID(),
    },
    { headers, timeoutMs: CALL_LIMIT_MS },
  );
  const runId = run?.runId ?? "";
  const events: SeenEvent[] = [];
  const stop = new AbortController();
  let resumed = 0;
  let broken: unknown;

  async function follow(): Promise<void> {
    for (;;) {
      const afterSequence = events.at(-1)?.sequence ?? 0n;
      try {
        for await (const { what } of runs.watchRun(
          { runId, afterSequence },
          { signal: stop.signal },
        )) {
          if (what.case === "event") events.push({ ...what.value, seenAtMs: Date.now() });
        }
        return;
      } catch (error) {
        if (!isTrouble(error)) throw error;
        resumed += 1;
        await delay(RETRY_MS);
      }
    }
  }
  const followed = follow().catch((error: unknown) => {
    broken = error;
  });

  return {
    runId,
    events,
    resumed: () => resumed,
    async seen(kind, where = () => true) {
      const deadline = Date.now() + LIMIT_MS;
      for (;;) {
        const found = events.find((event) => event.kind === kind && where(event));
        if (found !== undefined) return found;
        if (broken !== undefined) throw new Error("the watch broke", { cause: broken });
        if (Date.now() > deadline) {
          stop.abort();
          throw new Error(`no event ${kind} came; there are ${shown(events)}`);
        }
        await delay(POLL_MS);
      }
    },
    async document() {
      await this.seen(RunEventKind.RUN_FINISHED);
      await followed;
      const { documentJson } = await runs.getRun({ runId }, { timeoutMs: CALL_LIMIT_MS });
      const document: ResultDocument = JSON.parse(documentJson);
      return document;
    },
  };
}

/** What a client meets while the mesh is being restarted; everything else is an error of the test. */
function isTrouble(error: unknown): boolean {
  const { code } = error instanceof RpcError ? error : fromWireError(error);
  return [Code.Unavailable, Code.Canceled, Code.Unknown, Code.Internal, Code.Aborted].includes(
    code,
  );
}

function shown(events: readonly SeenEvent[]): string {
  return events
    .map(({ sequence, kind, step }) => `${sequence}:${RunEventKind[kind] ?? kind} ${step}`)
    .join(", ");
}
