import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";

import { fromWireError, type Orchestrator, RpcError, Code } from "@orchestrator/client";
import { type RunEvent, RunEventKind, RunEventKindSchema } from "@orchestrator/proto/v1/run_pb";

/** An event with the moment at which it was seen. */
export type SeenEvent = RunEvent & { readonly seenAtMs: number };

/** The parts of the result document that tests ask about. */
export type ResultDocument = {
  readonly success: boolean;
  readonly status: string;
  readonly steps: Readonly<Record<string, StepDocument>>;
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly usage: { readonly input_tokens: number; readonly output_tokens: number };
};

/** The parts of a step in it. */
export type StepDocument = {
  readonly status: string;
  readonly error_code: string | null;
};

const LIMIT_MS = 120_000;
const POLL_MS = 20;
const RETRY_MS = 100;
const CALL_LIMIT_MS = 30_000;

/** Creates a run from a document and follows it. */
export async function followRun(
  mesh: Orchestrator,
  source: string,
  {
    inputs = {},
    headers = {},
  }: { inputs?: Record<string, unknown>; headers?: Record<string, string> } = {},
): Promise<FollowedRun> {
  const { run } = await mesh.runs.createRun(
    {
      what: { case: "source", value: source },
      given: { case: "inputsJson", value: JSON.stringify(inputs) },
      requestId: randomUUID(),
    },
    { headers, timeoutMs: CALL_LIMIT_MS },
  );
  return new FollowedRun(mesh, run?.runId ?? "");
}

/** A run that is watched from its first event on, whatever happens to the mesh. */
export class FollowedRun {
  readonly runId: string;
  /** What was seen so far, in the order in which it came. */
  readonly events: SeenEvent[] = [];
  readonly #mesh: Orchestrator;
  readonly #stop = new AbortController();
  readonly #followed: Promise<void>;
  #resumed = 0;
  #broken: unknown;

  constructor(mesh: Orchestrator, runId: string) {
    this.#mesh = mesh;
    this.runId = runId;
    this.#followed = this.#follow().catch((error: unknown) => {
      this.#broken = error;
    });
  }

  /** How often the watch broke and was taken up again. */
  get resumed(): number {
    return this.#resumed;
  }

  /** The first event that is so, once it is seen. */
  async seen(
    kind: RunEventKind,
    where: (event: RunEvent) => boolean = () => true,
  ): Promise<SeenEvent> {
    const deadline = Date.now() + LIMIT_MS;
    for (;;) {
      const found = this.events.find((event) => event.kind === kind && where(event));
      if (found !== undefined) return found;
      if (this.#broken !== undefined) throw new Error("the watch broke", { cause: this.#broken });
      if (Date.now() > deadline) {
        this.#stop.abort();
        throw new Error(`no event ${kind} came; there are ${shown(this.events)}`);
      }
      await delay(POLL_MS);
    }
  }

  /** The result document, once the run has ended. */
  async document(): Promise<ResultDocument> {
    const { runId } = this;
    await this.seen(RunEventKind.RUN_FINISHED);
    await this.#followed;
    const { documentJson } = await this.#mesh.runs.getRun({ runId }, { timeoutMs: CALL_LIMIT_MS });
    const document: ResultDocument = JSON.parse(documentJson);
    return document;
  }

  async #follow(): Promise<void> {
    const { runId } = this;
    const { signal } = this.#stop;
    for (;;) {
      const afterSequence = this.events.at(-1)?.sequence ?? 0n;
      try {
        const watch = this.#mesh.runs.watchRun({ runId, afterSequence }, { signal });
        for await (const { what } of watch) {
          if (what.case === "event") this.events.push({ ...what.value, seenAtMs: Date.now() });
        }
        return;
      } catch (error) {
        if (signal.aborted || !isTrouble(error)) throw error;
        this.#resumed += 1;
        await delay(RETRY_MS, undefined, { ref: false }); // A test that is over waits for no mesh to come back.
      }
    }
  }
}

/** I3: every event was seen once, in order, none left out. */
export function assertWhole({ events }: FollowedRun): void {
  assert.deepEqual(
    events.map(({ sequence }) => sequence),
    events.map((_, index) => BigInt(index + 1)),
  );
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
    .map(
      ({ sequence, kind, step }) =>
        `${sequence}:${RunEventKindSchema.value[kind]?.name ?? kind} ${step}`,
    )
    .join(", ");
}
