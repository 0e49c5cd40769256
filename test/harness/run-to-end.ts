import { randomUUID } from "node:crypto";

import type { Orchestrator } from "@orchestrator/client";
import { type RunEvent, RunEventKind } from "@orchestrator/proto/v1/run_pb";

/** What a run is made of. */
export type RunOf = {
  readonly source: string;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly files?: readonly { readonly path: string; readonly content: Uint8Array }[];
  /** What the document includes. */
  readonly bundle?: readonly { readonly path: string; readonly content: Uint8Array }[];
  readonly requestId?: string;
  readonly limitMs?: number;
};

/** A run that ended, as a client sees it. */
export type Ended = {
  readonly runId: string;
  readonly document: ResultDocument;
  readonly events: readonly RunEvent[];
};

/** Of a result document (L174), what tests read. */
export type ResultDocument = {
  readonly [key: string]: unknown;
  readonly status: string;
  readonly success: boolean;
  readonly error: string | null;
  readonly error_code: string | null;
  readonly steps: Readonly<Record<string, StepResult>>;
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly execution_order: readonly string[];
  readonly execution_levels: readonly (readonly string[])[];
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
};

export type StepResult = {
  readonly [key: string]: unknown;
  readonly status: string;
  readonly success: boolean;
  readonly error: string | null;
  readonly error_type: string | null;
  readonly error_code: string | null;
  readonly timed_out: boolean;
  readonly skip_reason: string | null;
  readonly attempts: number;
  readonly retries: number;
  readonly value: { readonly result: unknown } | null;
};

const LIMIT_MS = 60_000;

/** Submit a document, and follow its run to the end. */
export async function runToEnd({ runs }: Orchestrator, what: RunOf): Promise<Ended> {
  const {
    source,
    inputs = {},
    files = [],
    bundle = [],
    requestId = randomUUID(),
    limitMs = LIMIT_MS,
  } = what;
  const { run } = await runs.createRun({
    what: { case: "source", value: source },
    given: { case: "inputsJson", value: JSON.stringify(inputs) },
    requestId,
    files: files.map(({ path, content }) => ({ path, content })),
    bundle: bundle.map(({ path, content }) => ({ path, content })),
  });
  return followToEnd({ runs }, run?.runId ?? "", { limitMs });
}

/** Follow a run that was accepted to its end. */
export async function followToEnd(
  { runs }: Pick<Orchestrator, "runs">,
  runId: string,
  { limitMs = LIMIT_MS }: { readonly limitMs?: number } = {},
): Promise<Ended> {
  const events: RunEvent[] = [];
  const signal = AbortSignal.timeout(limitMs);
  for await (const { what } of runs.watchRun({ runId }, { signal })) {
    if (what.case === "event") {
      events.push(what.value);
      if (what.value.kind === RunEventKind.RUN_FINISHED) break;
    }
  }
  const { documentJson } = await runs.getRun({ runId });
  const document: ResultDocument = JSON.parse(documentJson);
  return { runId, document, events };
}

/** The files that a run's steps wrote, by path. */
export async function artefactsOf(
  { runs }: Pick<Orchestrator, "runs">,
  runId: string,
): Promise<ReadonlyMap<string, Buffer>> {
  const { artifacts } = await runs.listArtifacts({ runId });
  const found = new Map<string, Buffer>();
  for (const { path } of artifacts) {
    const chunks: Uint8Array[] = [];
    for await (const { chunk } of runs.downloadArtifact({ runId, path })) chunks.push(chunk);
    found.set(path, Buffer.concat(chunks));
  }
  return found;
}
