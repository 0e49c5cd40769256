// One trace from a client's call to the request that reaches a provider, as a collector is told of it.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, it } from "node:test";

import { followRun } from "./followed-run.ts";
import { startOtlpCollector } from "./otlp-collector.ts";
import type { ExportedSpan } from "./otlp-spans.ts";
import { MISSING, type ProcessMesh, startProcessMesh } from "./process-mesh.ts";

const CREATE_RUN = "orchestrator.v1.RunService/CreateRun";
const PUT_DEFINITION = "orchestrator.state.v1.StateService/PutDefinition";
const CREATE_RUNS = "orchestrator.state.v1.StateService/CreateRuns";
const GENERATE = "orchestrator.registry.v1.RegistryService/Generate";

const DOCUMENT = `id: traced
name: A model between two other steps
steps:
  - {id: begin, action: control_flow}
  - id: ask
    action: generate
    parameters: {prompt: Say something short., model: scripted, max_tokens: 20}
    dependencies: [begin]
  - {id: end, action: control_flow, dependencies: [ask]}
`;

describe("one trace through four processes", { skip: MISSING }, () => {
  const opened: AsyncDisposable[] = [];
  let mesh: ProcessMesh;
  const client = {
    traceId: randomBytes(16).toString("hex"),
    spanId: randomBytes(8).toString("hex"),
  };
  let spans: readonly ExportedSpan[] = [];

  before(async () => {
    const collector = await startOtlpCollector();
    opened.unshift(collector);
    mesh = await startProcessMesh({
      // No trace is begun here, so that what is recorded is recorded because the caller wanted it.
      config: `monitoring:
  tracing: {enabled: true, otlp_endpoint: "${collector.url}", sample_ratio: 0}
`,
      env: { OTEL_BSP_SCHEDULE_DELAY: "200" },
    });
    opened.unshift(mesh);
    const traceparent = `00-${client.traceId}-${client.spanId}-01`;
    const run = await followRun(mesh, DOCUMENT, { headers: { traceparent } });
    const { success } = await run.document();
    assert.equal(success, true);
    // Every process exports by itself, so the last of each is waited for.
    spans = await collector.trace(
      client.traceId,
      (found) =>
        ["begin", "ask", "end"].every((step) =>
          found.some(({ attributes }) => attributes["orchestrator.step.id"] === step),
        ) &&
        [CREATE_RUN, CREATE_RUNS, GENERATE, "chat scripted"].every((name) =>
          found.some((span) => span.name === name && span.kind !== "internal"),
        ),
    );
  });
  after(async () => {
    for (const resource of opened) await resource[Symbol.asyncDispose]();
  });

  it("begins with the client's span and goes through every service to the provider", (t) => {
    t.diagnostic(`\n${treeOf(spans, client.spanId)}`);
    const create = only(spans, {
      name: CREATE_RUN,
      service: "orchestrator-gateway",
      kind: "server",
    });
    assert.equal(create.parentId, client.spanId);
    const creation = only(spans, {
      name: CREATE_RUNS,
      service: "orchestrator-state",
      kind: "server",
    });
    assert.equal(creation.parentId, create.spanId);
    const ask = attempt(spans, "ask");
    assert.equal(ask.parentId, creation.spanId);
    const call = only(spans, { name: GENERATE, service: "orchestrator-registry", kind: "server" });
    assert.equal(call.parentId, ask.spanId);
    const chat = only(spans, {
      name: "chat scripted",
      service: "orchestrator-registry",
      kind: "client",
    });
    assert.equal(chat.parentId, call.spanId);

    const [request, ...more] = mesh.asked;
    assert.equal(more.length, 0);
    assert.equal(request?.headers["traceparent"], `00-${client.traceId}-${chat.spanId}-01`);
  });

  it("links both ends of a unary call between processes", () => {
    const sent = only(spans, {
      name: PUT_DEFINITION,
      service: "orchestrator-gateway",
      kind: "client",
    });
    const taken = only(spans, {
      name: PUT_DEFINITION,
      service: "orchestrator-state",
      kind: "server",
    });
    const create = only(spans, { name: CREATE_RUN });
    assert.equal(sent.parentId, create.spanId);
    assert.equal(taken.parentId, sent.spanId);
  });

  it("has a span for every attempt of a step, named after what it does", () => {
    for (const step of ["begin", "ask", "end"]) {
      const { kind, service, attributes, name } = attempt(spans, step);
      assert.deepEqual({ kind, service }, { kind: "internal", service: "orchestrator-executor" });
      assert.equal(attributes["orchestrator.step.attempt"], 1);
      assert.equal(name, step === "ask" ? "step generate" : "step control_flow");
    }
  });

  it("follows the conventions for RPC and for models, without a word of the prompt or the answer", () => {
    const { attributes: rpc } = only(spans, { name: CREATE_RUN });
    assert.equal(rpc["rpc.system.name"], "grpc");
    assert.equal(rpc["rpc.method"], CREATE_RUN);
    assert.equal(rpc["rpc.response.status_code"], "OK");
    const { attributes: chat } = only(spans, { name: "chat scripted" });
    assert.equal(chat["gen_ai.operation.name"], "chat");
    assert.equal(chat["gen_ai.provider.name"], "scripted");
    assert.equal(chat["gen_ai.request.model"], "scripted");
    assert.ok(Number(chat["gen_ai.usage.input_tokens"]) > 0);
    assert.ok(Number(chat["gen_ai.usage.output_tokens"]) > 0);
    assert.equal(JSON.stringify(spans).includes("Say something short"), false);
  });

  it("has no error and no span whose parent is missing", () => {
    const known = new Set([client.spanId, ...spans.map(({ spanId }) => spanId)]);
    assert.deepEqual(
      spans.filter(({ parentId, isError }) => isError || !known.has(parentId)),
      [],
    );
  });
});

function only(spans: readonly ExportedSpan[], wanted: Partial<ExportedSpan>): ExportedSpan {
  const found = spans.filter((span) =>
    Object.entries(wanted).every(([key, value]) =>
      Object.entries(span).some(([k, v]) => k === key && v === value),
    ),
  );
  const [span] = found;
  assert.ok(
    span !== undefined && found.length === 1,
    `${found.length} of ${JSON.stringify(wanted)}`,
  );
  return span;
}

function attempt(spans: readonly ExportedSpan[], step: string): ExportedSpan {
  const found = spans.filter(({ attributes }) => attributes["orchestrator.step.id"] === step);
  const [span] = found;
  assert.ok(span !== undefined && found.length === 1, `${found.length} attempts of ${step}`);
  return span;
}

function treeOf(spans: readonly ExportedSpan[], parentId: string, indent = ""): string {
  return spans
    .filter((span) => span.parentId === parentId)
    .map(
      (span) =>
        `${indent}${span.name} (${span.kind}, ${span.service})\n${treeOf(spans, span.spanId, `${indent}  `)}`,
    )
    .join("");
}
