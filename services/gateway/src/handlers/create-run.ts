import { createHash } from "node:crypto";

import type { MethodImpl } from "@connectrpc/connect";
import {
  bindInputs,
  encodeEvent,
  type JsonObject,
  type Plan,
  renderSections,
  type RunEvent,
  type StoredFile,
} from "@orchestrator/pipeline";
import { type RunCreated, RunCreated_Outcome as Outcome } from "@orchestrator/proto/state/v1/state_pb";
import type { Finding } from "@orchestrator/pipeline";
import type { CreateRunRequest, RunService } from "@orchestrator/proto/v1/run_pb";
import { type CallRecord, callOf } from "@orchestrator/rpc";

import { storeFiles } from "../adapters/stored-files.ts";
import type { Deps } from "../deps.ts";
import {
  inputsInvalid,
  invalidField,
  pipelineArchived,
  pipelineInvalid,
  requestIdReused,
  stateUnavailable,
} from "../errors.ts";
import { isJsonObject, jsonObjectFrom } from "../json-object.ts";
import { namespaceOf } from "../namespace.ts";
import { relay } from "../relay.ts";
import { runIdText } from "../run-id.ts";
import { violationsFromFindings, wireFromFinding, wireFromRun } from "../wire.ts";

/** Accepts a run: compiles or finds its document, checks its inputs, and answers once it is stored (I6). */
export function createRun(deps: Deps): MethodImpl<typeof RunService.method.createRun> {
  return async (request, context) => {
    const { signal } = context;
    const call = callOf(context);
    const namespace = namespaceOf(call);
    const bound = await boundDocument(deps, { namespace, request }, signal);
    const files = await storeFiles(deps.state, { namespace, files: request.files }, signal);
    const event = createdEvent(bound.plan, { request, files });
    const creation = creationOf(bound, { deps, namespace, request, event, call });
    for (let retried = false; ; retried = true) {
      const created = await deps.creations.create(creation, signal);
      if (created.outcome === Outcome.UNKNOWN_DEFINITION && !retried) {
        deps.definitions.forget(namespace, bound.plan);
        await deps.definitions.put(namespace, bound, signal);
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
  readonly source: string;
  readonly bundle: CreateRunRequest["bundle"];
  readonly documentHash: Uint8Array;
  readonly pipelineVersion: number;
  readonly findings: readonly Finding[];
};

async function boundDocument(
  deps: Deps,
  { namespace, request }: { namespace: string; request: CreateRunRequest },
  signal: AbortSignal,
): Promise<Bound> {
  switch (request.what.case) {
    case "source": {
      const { bundle } = request;
      return compiled(deps, { namespace, source: request.what.value, bundle, version: 0 }, signal);
    }
    case "pipeline": {
      const { name, version } = request.what.value;
      const options = { signal };
      const { pipeline } = await relay(
        deps.state.getPipeline({ namespace, name, version }, options),
      );
      if (pipeline?.archiveTime !== undefined) {
        throw pipelineArchived(name);
      }
      const documentHash = pipeline?.documentHash ?? new Uint8Array();
      const { source, bundle } = await relay(
        deps.state.getDefinition({ namespace, documentHash }, options),
      );
      const found = { namespace, source, version: pipeline?.version ?? version };
      return compiled(deps, { ...found, bundle: [...bundle, ...request.bundle] }, signal);
    }
    case undefined:
      throw invalidField("what", "name a pipeline or give a document as source");
  }
}

async function compiled(
  deps: Deps,
  document: {
    namespace: string;
    source: string;
    bundle: readonly { path: string; content: Uint8Array }[];
    version: number;
  },
  signal: AbortSignal,
): Promise<Bound> {
  const { namespace, source, version } = document;
  const bundle = [...document.bundle].map(({ path, content }) => ({ path, content }));
  const compilation = await deps.compiler.compile(source, { bundle, signal });
  if (compilation.kind === "refused") {
    throw pipelineInvalid(violationsFromFindings(compilation.findings));
  }
  const { plan, findings } = compilation;
  const definition = { plan, source, bundle };
  const documentHash = await deps.definitions.put(namespace, definition, signal);
  return { plan, source, bundle, documentHash, pipelineVersion: version, findings };
}

/** The run's first event: its inputs, checked (L22–L25), and its sections, rendered once (L19). */
function createdEvent(
  plan: Plan,
  { request, files }: { request: CreateRunRequest; files: readonly StoredFile[] },
): RunEvent {
  const bound = bindInputs(plan, suppliedInputs(request));
  if (bound.kind === "refused") {
    const reason = bound.violations[0]?.code ?? "INPUT_INVALID";
    throw inputsInvalid(
      reason,
      bound.violations.map(({ input, message }) => ({ field: `inputs.${input}`, description: message })),
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

function creationOf(
  { plan, documentHash, pipelineVersion }: Bound,
  {
    deps,
    namespace,
    request,
    event,
    call,
  }: { deps: Deps; namespace: string; request: CreateRunRequest; event: RunEvent; call: CallRecord },
) {
  const createdPayload = encodeEvent(event).payload;
  const priority = request.priority ?? plan.priority;
  const labels = event.kind === "run_created" ? { ...event.labels } : {};
  return {
    namespace,
    requestId: request.requestId,
    requestDigest: digestOf(documentHash, createdPayload, priority),
    documentHash,
    planVersion: plan.planVersion,
    pipeline: plan.pipeline.id,
    pipelineVersion,
    createdPayload,
    labels,
    priority,
    requires: [`plan:${plan.planVersion}`, ...plan.requires, ...deps.runRequires],
    traceparent: call.metadata.get("traceparent") ?? "",
  };
}

/** 64 bits over what was asked for: the same request id with another digest is a conflict. */
function digestOf(documentHash: Uint8Array, payload: Uint8Array, priority: number): bigint {
  const hash = createHash("sha256").update(documentHash).update(payload).update(String(priority));
  return hash.digest().readBigUInt64BE();
}

function acceptedRun({ outcome, run, message }: RunCreated, requestId: string) {
  if (run !== undefined && (outcome === Outcome.CREATED || outcome === Outcome.REPEATED)) {
    return run;
  }
  if (run !== undefined && outcome === Outcome.CONFLICT) {
    throw requestIdReused(requestId, runIdText(run.runId));
  }
  throw stateUnavailable(message === "" ? "the run could not be stored; try again" : message);
}
