import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { MessageInitShape } from "@bufbuild/protobuf";
import { compile } from "@orchestrator/pipeline";
import { RunCreated_Outcome as Outcome } from "@orchestrator/proto/state/v1/state_pb";
import type { CreateRunRequestSchema } from "@orchestrator/proto/v1/run_pb";
import { fromWireError } from "@orchestrator/rpc";
import { catalogue } from "@orchestrator/tools/catalogue";

import { openApi } from "./api.fixture.ts";

const SOURCE = `
id: hello
name: Hello
inputs:
  id: { type: string, default: none }
steps:
  - { id: greet, action: echo, parameters: { message: Hi } }
`;

/** The API on a state service whose pipeline has a new version whenever it is asked for. */
function openRestlessApi() {
  const digests: bigint[] = [];
  const payloads: string[] = [];
  const compilation = compile(SOURCE, { bundle: [], catalogue });
  assert.ok("plan" in compilation, JSON.stringify(compilation.findings));
  const plan = Buffer.from(JSON.stringify(compilation.plan));
  let version = 0;
  const api = openApi({
    getPipeline: () => {
      version++;
      return { pipeline: { name: "hello", version, documentHash: Uint8Array.of(version) } };
    },
    getDefinition: () => ({ plan }),
    putDefinition: () => ({}),
    async putBlob(parts) {
      for await (const { part } of parts) assert.notEqual(part.case, undefined);
      return {};
    },
    async *createRuns(frames) {
      for await (const { creations } of frames) {
        digests.push(...creations.map(({ requestDigest }) => requestDigest));
        payloads.push(
          ...creations.map(({ createdPayload }) => Buffer.from(createdPayload).toString()),
        );
        const run = { runId: new Uint8Array(16) };
        const outcome = Outcome.CREATED;
        yield { created: creations.map(({ ticket }) => ({ ticket, outcome, run })) };
      }
    },
  });
  return { ...api, digests, payloads };
}

/** The API on a state service whose only pipeline changes once; requests make runs as state makes them. */
function openChangedApi(change: "archived" | "demanding") {
  const plans = [SOURCE, SOURCE.replace("default: none", "required: true")].map((source) => {
    const compilation = compile(source, { bundle: [], catalogue });
    assert.ok("plan" in compilation, JSON.stringify(compilation.findings));
    return Buffer.from(JSON.stringify(compilation.plan));
  });
  const made = new Map<string, bigint>();
  const archiveTime = { seconds: 1n };
  let isChanged = false;
  const api = openApi({
    getPipeline: () => ({
      pipeline: {
        name: "hello",
        version: 1,
        documentHash: Buffer.alloc(32, isChanged && change === "demanding" ? 1 : 0),
        ...(isChanged && change === "archived" ? { archiveTime } : {}),
      },
    }),
    getDefinition: ({ documentHash }) => ({ plan: plans[documentHash[0] ?? 0] ?? Buffer.alloc(0) }),
    async putBlob(parts) {
      for await (const { part } of parts) assert.notEqual(part.case, undefined);
      return {};
    },
    async *createRuns(frames) {
      for await (const { creations } of frames) {
        yield {
          created: creations.map(({ ticket, requestId, requestDigest, planVersion }) => {
            const digest = made.get(requestId);
            const run = { runId: Buffer.alloc(16, requestId) };
            if (digest !== undefined) {
              const outcome = digest === requestDigest ? Outcome.REPEATED : Outcome.CONFLICT;
              return { ticket, outcome, run };
            }
            if (planVersion === 0) {
              return { ticket, outcome: Outcome.UNKNOWN_DEFINITION };
            }
            made.set(requestId, requestDigest);
            return { ticket, outcome: Outcome.CREATED, run };
          }),
        };
      }
    },
  });
  return {
    ...api,
    made,
    change() {
      isChanged = true;
    },
  };
}

async function reasonOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (thrown) {
    return fromWireError(thrown).reason;
  }
  assert.fail("the call was answered");
}

type Request = MessageInitShape<typeof CreateRunRequestSchema>;

describe("a repeated request for a run", () => {
  it("is the same though its pipeline has a new version, and its labels come in another order", async () => {
    await using api = openRestlessApi();
    for (const what of [
      { case: "pipeline", value: { name: "hello" } },
      { case: "source", value: SOURCE },
    ] as const) {
      const request: Request = { what, requestId: "a", labels: { b: "1", a: "2" } };
      await api.runs.createRun(request);
      await api.runs.createRun({ ...request, labels: { a: "2", b: "1" } });
      const [first, second] = api.digests.splice(0);
      assert.equal(first, second, what.case);
    }
  });

  it("is answered with its run though its pipeline is archived, or takes other inputs, meanwhile", async () => {
    const request: Request = {
      what: { case: "pipeline", value: { name: "hello" } },
      requestId: "a",
      files: [{ path: "a", content: Uint8Array.of(1) }],
    };
    for (const change of ["archived", "demanding"] as const) {
      await using api = openChangedApi(change);
      const { run } = await api.runs.createRun(request);
      api.change();
      assert.equal((await api.runs.createRun(request)).run?.runId, run?.runId);
      const reused = api.runs.createRun({ ...request, priority: 1 });
      assert.equal(await reasonOf(reused), "REQUEST_ID_REUSED");
      const fresh = api.runs.createRun({ ...request, requestId: "b" });
      assert.equal(
        await reasonOf(fresh),
        change === "archived" ? "PIPELINE_ARCHIVED" : "INPUT_REQUIRED",
      );
      assert.equal(api.made.size, 1);
    }
  });

  it("is another one when anything else is asked for", async () => {
    await using api = openRestlessApi();
    const request: Request = {
      what: { case: "pipeline", value: { name: "hello" } },
      requestId: "a",
    };
    const others: Request[] = [
      { ...request, what: { case: "pipeline", value: { name: "hello", version: 1 } } },
      { ...request, what: { case: "source", value: SOURCE } },
      { ...request, what: { case: "source", value: `${SOURCE}# changed` } },
      { ...request, given: { case: "inputsJson", value: '{"id":"x"}' } },
      { ...request, labels: { a: "1" } },
      { ...request, priority: 0 },
      { ...request, files: [{ path: "a", content: Uint8Array.of(1) }] },
      { ...request, autoResponsesJson: '{"greet.message":"x"}' },
    ];
    for (const asked of [request, ...others]) {
      await api.runs.createRun(asked);
    }
    assert.equal(new Set(api.digests).size, others.length + 1);
  });

  it("takes answers to AUTO tags along, and refuses what is no object of them (L131)", async () => {
    await using api = openRestlessApi();
    const request: Request = { what: { case: "source", value: SOURCE }, requestId: "a" };
    await api.runs.createRun({ ...request, autoResponsesJson: '{"greet.message":[1]}' });
    assert.deepEqual(JSON.parse(api.payloads[0] ?? "").auto_responses, { "greet.message": [1] });
    for (const autoResponsesJson of ["[1]", "{", `{"a":"${"x".repeat(1 << 20)}"}`]) {
      const refused = api.runs.createRun({ ...request, autoResponsesJson });
      assert.equal(await reasonOf(refused), "INVALID_FIELD");
    }
  });
});
