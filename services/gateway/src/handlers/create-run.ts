import { createHash } from "node:crypto";

import type { MethodImpl } from "@connectrpc/connect";
import {
  bindInputs,
  encodeHiding,
  type Finding,
  type Hidden,
  hiddenOf,
  type JsonObject,
  openPlan,
  openRun,
  type Plan,
  renderSections,
  type RunEvent,
  type StoredFile,
} from "@orchestrator/pipeline";
import {
  type RunCreated,
  RunCreated_Outcome as Outcome,
  type RunRecord,
} from "@orchestrator/proto/state/v1/state_pb";
import type { CreateRunRequest, RunService } from "@orchestrator/proto/v1/run_pb";
import { type CallRecord, callOf, RpcError, traceparentOf } from "@orchestrator/rpc";

import { compileDocument, type SubmittedDocument } from "../adapters/compile-document.ts";
import { missingSecrets } from "../adapters/missing-secrets.ts";
import { relay } from "../adapters/relay.ts";
import { storeFiles } from "../adapters/stored-files.ts";
import type { Deps } from "../deps.ts";
import {
  inputsInvalid,
  invalidField,
  pipelineArchived,
  pipelineNotFound,
  requestIdReused,
  stateUnavailable,
} from "../errors.ts";
import { isJsonObject, jsonObjectFrom } from "../json-object.ts";
import { namespaceOf } from "../namespace.ts";
import { runIdText } from "../run-id.ts";
import { submittedFiles } from "../submitted-files.ts";
import { wireFromFinding, wireFromRun } from "../wire.ts";

/** Accepts a run: compiles or finds its document, checks its inputs, and answers once it is stored (I6). */
export function createRun(deps: Deps): MethodImpl<typeof RunService.method.createRun> {
  return async (request, context) => {
    const { signal } = context;
    const call = callOf(context);
    const namespace = namespaceOf(call);
    const workspace = submittedFiles("files", request.files);
    const bound = await boundDocument(deps, { namespace, request }, signal);
    const files = await storeFiles(deps.state, { namespace, files: workspace }, signal);
    const supplied = suppliedInputs(request);
    const autoResponses = suppliedAutoResponses(request);
    const given = { request, supplied, files, autoResponses };
    const requestDigest = digestOf(request, { bound, ...given });
    const event =
      (await missingSecrets(deps.state, { namespace, plan: bound.plan }, signal)) ??
      eventOrRefusal(bound, given);
    if (event instanceof RpcError) {
      const run = await earlierRun(deps, { namespace, request, requestDigest, bound }, signal);
      if (run === undefined) {
        throw event;
      }
      return { run: wireFromRun(run), findings: [] };
    }
    const creation = creationOf(bound, { deps, namespace, request, requestDigest, event, call });
    for (let retried = false; ; retried = true) {
      const created = await deps.creations.create(creation, signal);
      const { store } = bound;
      if (created.outcome === Outcome.UNKNOWN_DEFINITION && store !== undefined && !retried) {
        deps.definitions.forget(namespace, bound.plan);
        await store();
        continue;
      }
      const run = acceptedRun(created, request.requestId);
      return { run: wireFromRun(run), findings: bound.findings.map(wireFromFinding) };
    }
  };
}

/** The document that a request names or brings, compiled and stored. */
type Bound = {
  readonly plan: Plan;
  /** Stores it again, should state have lost it; what has a name is there. */
  readonly store: (() => Promise<Uint8Array>) | undefined;
  readonly documentHash: Uint8Array;
  readonly pipelineVersion: number;
  /** The name of a pipeline that is archived: it makes no new runs. */
  readonly archived: string | undefined;
  readonly findings: readonly Finding[];
};

async function boundDocument(
  deps: Deps,
  { namespace, request }: { namespace: string; request: CreateRunRequest },
  signal: AbortSignal,
): Promise<Bound> {
  switch (request.what.case) {
    case "source": {
      const bundle = submittedFiles("bundle", request.bundle);
      return submitted(deps, { namespace, source: request.what.value, bundle }, signal);
    }
    case "pipeline": {
      if (request.bundle.length > 0) {
        throw invalidField("bundle", "a stored pipeline has its files; give them with a source");
      }
      return stored(deps, { namespace, ...request.what.value }, signal);
    }
    case undefined:
      throw invalidField("what", "name a pipeline or give a document as source");
  }
}

async function submitted(
  { compiler, definitions }: Deps,
  { namespace, source, bundle }: SubmittedDocument & { namespace: string },
  signal: AbortSignal,
): Promise<Bound> {
  const { plan, findings } = await compileDocument(compiler, { source, bundle }, signal);
  const store = (): Promise<Uint8Array> =>
    definitions.put(namespace, { plan, source, bundle }, signal);
  const documentHash = await store();
  return { plan, store, documentHash, pipelineVersion: 0, archived: undefined, findings };
}

async function stored(
  { state, definitions }: Deps,
  { namespace, name, version }: { namespace: string; name: string; version: number },
  signal: AbortSignal,
): Promise<Bound> {
  const { pipeline } = await relay(state.getPipeline({ namespace, name, version }, { signal }));
  if (pipeline === undefined) {
    throw pipelineNotFound(name);
  }
  const { documentHash, version: pipelineVersion } = pipeline;
  const plan = await definitions.currentPlan(namespace, documentHash, signal);
  const archived = pipeline.archiveTime === undefined ? undefined : name;
  return { plan, store: undefined, documentHash, pipelineVersion, archived, findings: [] };
}

/** The run's first event, or why there is none: for a stored pipeline a refusal of today, which what came before outlives. */
function eventOrRefusal(bound: Bound, given: Given): RunEvent | RpcError {
  if (bound.archived !== undefined) {
    return pipelineArchived(bound.archived);
  }
  try {
    return createdEvent(bound.plan, given);
  } catch (error) {
    if (bound.store === undefined && error instanceof RpcError) {
      return error;
    }
    throw error;
  }
}

/** The run that the same request made when its pipeline was in use, and took these inputs. */
async function earlierRun(
  { creations }: Deps,
  {
    namespace,
    request: { requestId },
    requestDigest,
    bound: { documentHash },
  }: { namespace: string; request: CreateRunRequest; requestDigest: bigint; bound: Bound },
  signal: AbortSignal,
): Promise<RunRecord | undefined> {
  const question = { namespace, requestId, requestDigest, documentHash, planVersion: 0 };
  const found = await creations.create(question, signal);
  return found.outcome === Outcome.UNKNOWN_DEFINITION ? undefined : acceptedRun(found, requestId);
}

/** What a request gives to its document. */
type Given = {
  readonly request: CreateRunRequest;
  readonly supplied: JsonObject;
  readonly files: readonly StoredFile[];
  /** L131. */
  readonly autoResponses: JsonObject;
};

/** The run's first event: its inputs, checked (L22–L25), and its sections, rendered once (L19). */
function createdEvent(plan: Plan, { request, supplied, files, autoResponses }: Given): RunEvent {
  const bound = bindInputs(plan, supplied);
  if (bound.kind === "refused") {
    const reason = bound.violations[0]?.code ?? "INPUT_INVALID";
    throw inputsInvalid(
      reason,
      bound.violations.map(({ input, message }) => ({
        field: `inputs.${input}`,
        description: message,
      })),
    );
  }
  const sections = renderSections(plan, bound.inputs);
  if (sections.kind === "refused") {
    throw inputsInvalid(
      "INPUT_INVALID",
      sections.problems.map(({ path, message }) => ({ field: path, description: message })),
    );
  }
  const labels = { ...plan.labels, ...request.labels };
  return {
    kind: "run_created",
    inputs: bound.inputs,
    ...(Object.keys(sections.sections).length === 0 ? {} : { sections: sections.sections }),
    ...(Object.keys(autoResponses).length === 0 ? {} : { autoResponses }),
    ...(request.unattended ? { unattended: true } : {}),
    ...(files.length === 0 ? {} : { files }),
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
    ...(bound.warnings.length === 0 ? {} : { warnings: bound.warnings }),
  };
}

function suppliedInputs({ given }: CreateRunRequest): JsonObject {
  switch (given.case) {
    case undefined:
      return {};
    case "inputs": {
      if (!isJsonObject(given.value)) {
        throw invalidField("inputs", "must be an object");
      }
      return given.value;
    }
    case "inputsJson": {
      const supplied = jsonObjectFrom(given.value);
      if (supplied === undefined) {
        throw invalidField("inputs_json", "must be the text of a JSON object");
      }
      return supplied;
    }
  }
}

/** Bytes of answers that a run may bring. */
const MAX_RESPONSES = 1 << 20;

function suppliedAutoResponses({ autoResponsesJson: json }: CreateRunRequest): JsonObject {
  if (json === "") {
    return {};
  }
  if (Buffer.byteLength(json) > MAX_RESPONSES) {
    throw invalidField("auto_responses_json", `must have at most ${MAX_RESPONSES} bytes`);
  }
  const responses = jsonObjectFrom(json);
  if (responses === undefined) {
    throw invalidField("auto_responses_json", "must be the text of a JSON object");
  }
  return responses;
}

function creationOf(
  { plan, documentHash, pipelineVersion }: Bound,
  {
    deps,
    namespace,
    request,
    requestDigest,
    event,
    call,
  }: {
    deps: Deps;
    namespace: string;
    request: CreateRunRequest;
    requestDigest: bigint;
    event: RunEvent;
    call: CallRecord;
  },
) {
  const createdPayload = encodeHiding(event, hiddenIn(plan)).payload;
  const priority = request.priority ?? plan.priority;
  const labels = event.kind === "run_created" ? { ...event.labels } : {};
  return {
    namespace,
    requestId: request.requestId,
    requestDigest,
    documentHash,
    planVersion: plan.planVersion,
    pipeline: plan.pipeline.id,
    pipelineVersion,
    createdPayload,
    labels,
    priority,
    requires: [`plan:${plan.planVersion}`, ...plan.requires, ...deps.runRequires],
    traceparent: call.trace === undefined ? "" : traceparentOf(call.trace),
  };
}

/** What of the first event is not shown (L165). */
function hiddenIn(plan: Plan): Hidden | undefined {
  return plan.hides === true ? hiddenOf(openRun(openPlan(plan))) : undefined;
}

/**
 * 64 bits over what was asked for: the same request id with another digest is a conflict.
 *
 * What came of it does not count: a stored pipeline may have a newer version when a request for it is repeated.
 */
function digestOf(
  { what, labels, priority, unattended }: CreateRunRequest,
  {
    bound: { documentHash },
    supplied,
    files,
    autoResponses,
  }: { bound: Bound } & Omit<Given, "request">,
): bigint {
  const document =
    what.case === "pipeline"
      ? [what.value.name, what.value.version]
      : Buffer.from(documentHash).toString("hex");
  const given = Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const responses = Object.keys(autoResponses).length === 0 ? [] : [autoResponses];
  const parts = [document, supplied, given, priority ?? null, files, ...responses];
  const asked = JSON.stringify(unattended ? [...parts, "unattended"] : parts);
  return createHash("sha256").update(asked).digest().readBigUInt64BE();
}

function acceptedRun({ outcome, run, message }: RunCreated, requestId: string): RunRecord {
  if (run !== undefined && (outcome === Outcome.CREATED || outcome === Outcome.REPEATED)) {
    return run;
  }
  if (outcome === Outcome.INVALID) {
    throw invalidField("run", message);
  }
  if (run !== undefined && outcome === Outcome.CONFLICT) {
    throw requestIdReused(requestId, runIdText(run.runId));
  }
  throw stateUnavailable(message === "" ? "the run could not be stored; try again" : message);
}
