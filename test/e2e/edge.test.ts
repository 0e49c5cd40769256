import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe, it } from "node:test";

import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { Code, type Orchestrator, RpcError } from "@orchestrator/client";
import {
  GetRunRequestSchema,
  GetRunResponseSchema,
  RunEventKind,
  RunStatus,
  RunView,
} from "@orchestrator/proto/v1/run_pb";

import { artefactsOf, followToEnd, runToEnd } from "../harness/run-to-end.ts";
import { startTestMesh, type TestMesh } from "../harness/test-mesh.ts";
import { documentNamed } from "./documents.ts";

const JSON_HEADERS = { "content-type": "application/json", "connect-protocol-version": "1" };

describe("the API for every kind of client", () => {
  let mesh: TestMesh;
  before(async () => {
    mesh = await startTestMesh();
  });
  after(() => mesh[Symbol.asyncDispose]());

  async function post(method: string, body: unknown): Promise<{ status: number; json: JsonBody }> {
    const response = await fetch(`${mesh.url}/orchestrator.v1.${method}`, {
      method: "POST",
      headers: JSON_HEADERS,
      body: JSON.stringify(body),
    });
    return { status: response.status, json: await jsonOf(response) };
  }

  it("creates and reads a run over plain Connect JSON", async () => {
    const created = await post("RunService/CreateRun", {
      source: documentNamed("greet"),
      inputs: { greeting: "good day" },
      requestId: randomUUID(),
    });
    assert.equal(created.status, 200);
    const runId = String(created.json["run"]?.["runId"]);
    await followToEnd(mesh, runId);
    const read = await post("RunService/GetRun", { runId });
    assert.equal(read.json["run"]?.["status"], "RUN_STATUS_COMPLETED");
    const { document } = await followToEnd(mesh, runId);
    assert.equal(document.outputs["text"], "good day world");
    assert.equal(read.json["documentJson"], JSON.stringify(document));
  });

  it("answers reads to Connect GET", async () => {
    const { runId } = await runToEnd(mesh, { source: documentNamed("greet") });
    const message = encodeURIComponent(JSON.stringify({ runId, view: "RUN_VIEW_BASIC" }));
    const response = await fetch(
      `${mesh.url}/orchestrator.v1.RunService/GetRun?connect=v1&encoding=json&message=${message}`,
    );
    const { run, documentJson } = await jsonOf(response);
    assert.equal(run?.["status"], "RUN_STATUS_COMPLETED");
    assert.equal(documentJson, undefined);
  });

  it("speaks gRPC", async () => {
    const { document } = await runToEnd(mesh.client({ protocol: "grpc" }), {
      source: documentNamed("diamond"),
    });
    assert.equal(document.status, "completed");
  });

  it("speaks gRPC-Web", async () => {
    const { runId } = await runToEnd(mesh, { source: documentNamed("greet") });
    const message = toBinary(GetRunRequestSchema, create(GetRunRequestSchema, { runId }));
    const frame = Buffer.concat([Buffer.from([0]), lengthOf(message), message]);
    const response = await fetch(`${mesh.url}/orchestrator.v1.RunService/GetRun`, {
      method: "POST",
      headers: { "content-type": "application/grpc-web+proto", "x-grpc-web": "1" },
      body: frame,
    });
    const bytes = Buffer.from(await response.arrayBuffer());
    const answer = bytes.subarray(5, 5 + bytes.readUInt32BE(1));
    const { run } = fromBinary(GetRunResponseSchema, answer);
    assert.equal(run?.status, RunStatus.COMPLETED);
    assert.match(bytes.toString("latin1"), /grpc-status: ?0/);
  });

  it("takes the same request once, and refuses another one under its id (I6)", async () => {
    const requestId = randomUUID();
    const source = documentNamed("greet");
    const first = await runToEnd(mesh, { source, requestId });
    const again = await runToEnd(mesh, { source, requestId });
    assert.equal(again.runId, first.runId);
    await assert.rejects(
      runToEnd(mesh, { source, requestId, inputs: { greeting: "other" } }),
      isRpcError(Code.AlreadyExists, "REQUEST_ID_REUSED"),
    );
  });

  it("watches from any event on, without a gap and without a repetition", async () => {
    const { runId, events } = await runToEnd(mesh, { source: documentNamed("diamond") });
    const sequences = events.map(({ sequence }) => Number(sequence));
    assert.deepEqual(
      sequences,
      sequences.map((_, index) => index + 1),
    );
    for (const after of [1, 4, sequences.length - 1]) {
      const seen: number[] = [];
      for await (const { what } of mesh.runs.watchRun({ runId, afterSequence: BigInt(after) })) {
        if (what.case === "event") seen.push(Number(what.value.sequence));
      }
      assert.deepEqual(seen, sequences.slice(after));
    }
    const listed: number[] = [];
    for (let pageToken = ""; ;) {
      const page = await mesh.runs.listRunEvents({ runId, pageSize: 3, pageToken });
      listed.push(...page.events.map(({ sequence }) => Number(sequence)));
      pageToken = page.nextPageToken;
      if (pageToken === "") break;
    }
    assert.deepEqual(listed, sequences);
  });

  it("cancels a run, whose programs end with it", async () => {
    const { run } = await mesh.runs.createRun({
      what: { case: "source", value: documentNamed("slow") },
      requestId: randomUUID(),
    });
    const runId = run?.runId ?? "";
    for await (const { what } of mesh.runs.watchRun({ runId })) {
      if (what.case === "event" && what.value.kind === RunEventKind.STEP_STARTED) break;
    }
    const cancelled = await mesh.runs.cancelRun({ runId, requestId: "c", reason: "enough" });
    assert.equal(cancelled.run?.status, RunStatus.CANCELLING);
    const { document } = await followToEnd(mesh, runId);
    assert.equal(document.status, "cancelled");
    assert.equal(document.steps["wait"]?.status, "cancelled");
    assert.equal(document.steps["last"]?.skip_reason, "cancelled");
    await mesh.runs.cancelRun({ runId, requestId: "c", reason: "enough" });
    await assert.rejects(
      mesh.runs.cancelRun({ runId, requestId: "d" }),
      isRpcError(Code.FailedPrecondition, "RUN_ENDED"),
    );
  });

  it("hands out what steps wrote, and refuses what they did not", async () => {
    const { runId } = await runToEnd(mesh, {
      source: `id: large
name: Large
inputs: { from: { type: file, default: data/large.txt } }
steps:
  - { id: copy, tool: filesystem, action: copy, parameters: { path: "{{ from }}", destination: out/copy.bin } }
`,
      files: [{ path: "data/large.txt", content: Buffer.alloc(3 << 20, "0123456789") }],
    });
    const artefacts = await artefactsOf(mesh, runId);
    assert.deepEqual([...artefacts.keys()], ["out/copy.bin"]);
    assert.ok(artefacts.get("out/copy.bin")?.equals(Buffer.alloc(3 << 20, "0123456789")));
    await assert.rejects(
      drained(mesh.runs.downloadArtifact({ runId, path: "data/large.txt" })),
      isRpcError(Code.NotFound, "ARTIFACT_NOT_FOUND"),
    );
  });

  it("names a large result in the document, and puts it there when it is asked to (L178)", async () => {
    const { runId, document } = await runToEnd(mesh, {
      source: `id: big
name: Big
inputs: { from: { type: file, default: data/big.txt } }
steps:
  - { id: read, tool: filesystem, action: read, parameters: { path: "{{ from }}" } }
outputs: { length: "{{ read.content | length }}" }
`,
      files: [{ path: "data/big.txt", content: Buffer.alloc(200_000, "0123456789") }],
    });
    assert.equal(document.outputs["length"], 200_000);
    assert.match(JSON.stringify(document.steps["read"]?.value), /"\$blob":"sha256:[0-9a-f]{64}"/);
    const { documentJson } = await mesh.runs.getRun({ runId, view: RunView.INLINED });
    assert.equal(JSON.parse(documentJson).steps.read.value.result.content.length, 200_000);
  });

  it("stores versions of a pipeline, the same content once, and runs them by name", async () => {
    const push = async (source: string): Promise<number> =>
      (await mesh.pipelines.createPipeline({ source, requestId: randomUUID() })).pipeline
        ?.version ?? 0;
    const source = documentNamed("greet");
    const changed = source.replace("default: hello", "default: hey");
    assert.deepEqual([await push(source), await push(source), await push(changed)], [1, 1, 2]);
    const outputs = async (version: number): Promise<unknown> => {
      const { run } = await mesh.runs.createRun({
        what: { case: "pipeline", value: { name: "greet", version } },
        requestId: randomUUID(),
      });
      assert.equal(run?.pipelineVersion, version === 0 ? 2 : version);
      return (await followToEnd(mesh, run?.runId ?? "")).document.outputs["text"];
    };
    assert.deepEqual([await outputs(1), await outputs(0)], ["hello world", "hey world"]);
    await mesh.pipelines.archivePipeline({ name: "greet", requestId: randomUUID() });
    await assert.rejects(outputs(1), isRpcError(Code.FailedPrecondition, "PIPELINE_ARCHIVED"));
    await assert.rejects(
      mesh.pipelines.getPipeline({ name: "nobody" }),
      isRpcError(Code.NotFound, "PIPELINE_NOT_FOUND"),
    );
  });

  it("lists runs page by page, and takes a token only with the arguments that it was made for", async () => {
    const source = "id: many\nname: Many\nsteps: [{ id: a, action: control_flow }]\n";
    const made: string[] = [];
    for (let i = 0; i < 5; i += 1) made.push((await runToEnd(mesh, { source })).runId);
    const listed: string[] = [];
    let token = "";
    do {
      const page = await mesh.runs.listRuns({ pipeline: "many", pageSize: 2, pageToken: token });
      listed.push(...page.runs.map(({ runId }) => runId));
      token = page.nextPageToken;
      if (listed.length === 2) {
        await assert.rejects(
          mesh.runs.listRuns({ pipeline: "other", pageSize: 2, pageToken: token }),
          isRpcError(Code.InvalidArgument, "INVALID_FIELD"),
        );
      }
    } while (token !== "");
    assert.deepEqual(listed, made.toReversed());
    const { runs } = await mesh.runs.listRuns({ pipeline: "many", statuses: [RunStatus.FAILED] });
    assert.deepEqual(runs, []);
  });

  it("lists the executor's session", async () => {
    const { sessions } = await mesh.operations.listSessions({});
    assert.equal(sessions.length, 1);
    assert.ok(sessions[0]?.offers.includes("tool:terminal"));
  });

  it("says on plain HTTP that it lives, is ready, and what it counts", async () => {
    const { components } = await jsonOf(await fetch(`${mesh.url}/health`));
    assert.deepEqual(components?.["state"], { status: "healthy" });
    assert.equal((await fetch(`${mesh.url}/ready`)).status, 200);
    const metrics = await (await fetch(`${mesh.url}/metrics`)).text();
    assert.match(metrics, /^orchestrator_requests_total\{/m);
    assert.match(metrics, /^orchestrator_runs_total\{status="completed"\} [1-9]/m);
  });
});

describe("the API where keys are required", () => {
  const KEY = "a-key-for-this-test-only";
  let mesh: TestMesh;
  before(async () => {
    mesh = await startTestMesh({
      env: {
        ORCHESTRATOR_API_KEY: KEY,
        ORCHESTRATOR_SECRET_KEY: "0123456789abcdef0123456789abcdef",
      },
    });
  });
  after(() => mesh[Symbol.asyncDispose]());

  it("refuses a call without the key, whatever its content type and method", async () => {
    for (const [path, init] of [
      ["RunService/CreateRun", { method: "POST", headers: JSON_HEADERS, body: "{}" }],
      [
        "RunService/CreateRun",
        { method: "POST", headers: { "content-type": "text/plain" }, body: "?" },
      ],
      ["RunService/GetRun", { method: "GET" }],
      [
        "RunService/CreateRun",
        { method: "POST", headers: { ...JSON_HEADERS, "x-api-key": "wrong" }, body: "{}" },
      ],
    ] as const) {
      const response = await fetch(`${mesh.url}/orchestrator.v1.${path}`, init);
      assert.equal(response.status, 401);
      const { code, message, error } = await jsonOf(response);
      assert.deepEqual(
        { code, message, error },
        { code: "unauthenticated", message: "Invalid API key", error: "Invalid API key" },
      );
    }
    const withoutKey: Orchestrator = mesh.client({ protocol: "grpc", apiKey: "wrong" });
    await assert.rejects(withoutKey.runs.listRuns({}), isRpcError(Code.Unauthenticated));
  });

  it("takes the key as x-api-key and as bearer", async () => {
    const { document } = await runToEnd(mesh, { source: documentNamed("greet") });
    assert.equal(document.success, true);
    const response = await fetch(`${mesh.url}/orchestrator.v1.RunService/ListRuns`, {
      method: "POST",
      headers: { ...JSON_HEADERS, authorization: `Bearer ${KEY}` },
      body: "{}",
    });
    assert.equal(Object.keys((await jsonOf(response))["runs"] ?? {}).length, 1);
  });
});

type JsonBody = Record<string, Record<string, unknown> | undefined>;

async function jsonOf(response: Response): Promise<JsonBody> {
  const body: JsonBody = JSON.parse(await response.text());
  return body;
}

function lengthOf(bytes: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return length;
}

async function drained(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const item of stream) void item;
}

function isRpcError(code: Code, reason?: string) {
  return (error: unknown): boolean => {
    assert.ok(error instanceof RpcError, String(error));
    assert.equal(error.code, code, error.message);
    if (reason !== undefined) assert.equal(error.reason, reason);
    return true;
  };
}
