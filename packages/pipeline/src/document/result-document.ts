import type { Json } from "@orchestrator/template";

import { idOf, type Instance } from "../engine/frame.ts";
import { modelUsageOf } from "../engine/model-usage.ts";
import { instancesOf, type RunState } from "../engine/run-state.ts";
import { isSettled } from "../engine/step-record.ts";
import type { RunWarning, StepError } from "../events.ts";
import { hideInDocument } from "../redact/hidden-document.ts";
import { type ArtifactDocument, artifactDocument, artifactsOf } from "./artifacts.ts";
import { errorFields, timeFields } from "./document-fields.ts";
import { executionId } from "./execution-id.ts";
import { type StepDocument, stepDocument, type Usage, usageDocument } from "./step-document.ts";

/** Status of a run, as a document shows it (L80). */
export type RunStatus =
  | "queued"
  | "running"
  | "waiting"
  | "paused"
  | "cancelling"
  | "completed"
  | "failed"
  | "cancelled"
  | "quarantined";

/** What a document says beside the fold of the run's events. */
export type DocumentFacts = { readonly runId: string; readonly status: RunStatus };

/** The result document (L174), keys in its order. */
export type ResultDocument = {
  readonly pipeline_id: string;
  readonly run_id: string;
  readonly execution_id: string;
  readonly status: RunStatus;
  readonly success: boolean;
  readonly error: string | null;
  readonly error_type: string | null;
  readonly error_code: string | null;
  readonly steps: { readonly [id: string]: StepDocument };
  readonly outputs: { readonly [name: string]: Json };
  readonly execution_order: readonly string[];
  readonly execution_levels: readonly (readonly string[])[];
  readonly started_at: number | null;
  readonly completed_at: number | null;
  readonly duration: number | null;
  readonly usage: Usage;
  readonly artifacts: readonly ArtifactDocument[];
  readonly children: readonly [];
  readonly labels: Readonly<Record<string, string>>;
  readonly warnings: readonly RunWarning[];
  readonly compensated: readonly [];
  readonly parent_run_id: null;
  readonly continues: null;
  readonly document_hash: string;
  readonly language: string;
};

/** Makes the result document of a run as it is now, without what is sensitive in it (L165). */
export function documentOf(state: RunState, facts: DocumentFacts): ResultDocument {
  return hideInDocument(wholeDocument(state, facts), state);
}

function wholeDocument(state: RunState, { runId, status }: DocumentFacts): ResultDocument {
  const { loaded, end, labels } = state;
  const { plan } = loaded;
  const instances = instancesOf(state);
  return {
    pipeline_id: plan.pipeline.id,
    run_id: runId,
    execution_id: executionId(plan, runId),
    status,
    success: status === "completed",
    ...errorFields(errorOf(state)),
    steps: Object.fromEntries(
      instances.map((instance) => [idOf(instance), stepDocument(state, instance)]),
    ),
    outputs: end?.outputs ?? {},
    execution_order: executionOrder(instances),
    execution_levels: plan.levels,
    ...timeFields({ fromMs: state.startedAtMs, toMs: end?.atMs }),
    usage: usageDocument(modelUsageOf(state)),
    artifacts: artifactsOf(state).map(artifactDocument),
    children: [],
    labels,
    warnings: [...state.warnings, ...(end?.warnings ?? [])],
    compensated: [],
    parent_run_id: null,
    continues: null,
    document_hash: plan.documentHash,
    language: plan.language,
  };
}

/** The run's own error, else that of the failure that ended it, else of the first one. */
function errorOf({ end, root: { failures } }: RunState): StepError | undefined {
  if (end === undefined || end.status === "completed") {
    return undefined;
  }
  const ending = failures.find(({ place }) => place.step.onFailure === "fail") ?? failures[0];
  return end.error ?? ending?.record.error;
}

/** Ids by start; steps that were skipped did not start. */
function executionOrder(instances: readonly Instance[]): readonly string[] {
  const begun = instances.flatMap((instance) => {
    const { startedAtMs: at, seq = 0 } = instance.record;
    return at === undefined
      ? []
      : [{ instance, at, seq: isSettled(instance.record) ? seq : Infinity }];
  });
  // The sort is stable: what began and ended together stays in document order.
  begun.sort((a, b) => a.at - b.at || a.seq - b.seq);
  return begun.map(({ instance }) => idOf(instance));
}
