import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe, it } from "node:test";

import { Code, RpcError } from "@orchestrator/client";

import { artefactsOf, runToEnd } from "../harness/run-to-end.ts";
import { startTestMesh, type TestMesh } from "../harness/test-mesh.ts";
import { documentNamed } from "./documents.ts";

const STEP = "steps: [{ id: a, action: control_flow }]";

describe("bad input", () => {
  let mesh: TestMesh;
  before(async () => {
    mesh = await startTestMesh();
  });
  after(() => mesh[Symbol.asyncDispose]());

  /** Validation and submission must refuse it alike (L169), and nothing may be stored. */
  async function refusalOf(source: string, inputs: object = {}): Promise<string> {
    const { valid, findings } = await mesh.pipelines.validatePipeline({
      source,
      inputsJson: JSON.stringify(inputs),
    });
    assert.equal(valid, false);
    const before = await mesh.runs.listRuns({});
    const requestId = randomUUID();
    const error = await runToEnd(mesh, { source, inputs: { ...inputs }, requestId }).then(
      () => assert.fail("the run was accepted"),
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof RpcError);
    assert.equal(error.code, Code.InvalidArgument);
    const errors = findings.filter(({ severity }) => severity === 1);
    assert.equal(error.fieldViolations.length, errors.length);
    const after = await mesh.runs.listRuns({});
    assert.equal(after.runs.length, before.runs.length);
    return errors
      .map(({ code, line, column, message }) => `${code} ${line}:${column} ${message}`)
      .join("\n");
  }

  const documents: readonly (readonly [string, string, RegExp])[] = [
    ["broken YAML", "id: a\nsteps: [\n", /^yaml \d:\d/],
    [
      "a tool that there is not",
      "id: a\nname: A\nsteps: [{ id: a, tool: filesystm, action: read, parameters: { path: x } }]\n",
      /^unknown_tool 3:.*filesystem/,
    ],
    [
      "an action that there is not",
      "id: a\nname: A\nsteps: [{ id: a, action: generte, parameters: { prompt: x } }]\n",
      /^unknown_action 3:.*generate/,
    ],
    ["a key that there is not", `id: a\nname: A\nstepz: []\n${STEP}\n`, /^unknown_key 3:1 .*steps/],
    [
      "a parameter that there is not",
      "id: a\nname: A\nsteps: [{ id: a, action: echo, parameters: { mesage: x } }]\n",
      /unknown_parameter 3:.*message/,
    ],
    [
      "a step that there is not",
      "id: a\nname: A\nsteps: [{ id: a, action: control_flow, dependencies: [b] }]\n",
      /^unknown_step 3:/,
    ],
    [
      "a cycle",
      "id: a\nname: A\nsteps:\n  - { id: a, action: control_flow, dependencies: [b] }\n  - { id: b, action: control_flow, dependencies: [a] }\n",
      /^cycle \d/,
    ],
    [
      "a name that nothing binds",
      'id: a\nname: A\nsteps: [{ id: a, action: echo, parameters: { message: "{{ nobody }}" } }]\n',
      /^undefined_name 3:.*nobody/,
    ],
    [
      "a second step of the same id",
      "id: a\nname: A\nsteps: [{ id: a, action: control_flow }, { id: a, action: control_flow }]\n",
      /^duplicate_step 3:/,
    ],
    [
      "an attribute that leads out of the data",
      "id: a\nname: A\nsteps: [{ id: a, action: echo, parameters: { message: '{{ \"\".__class__ }}' } }]\n",
      /^template_security 3:/,
    ],
  ];
  for (const [what, source, finding] of documents) {
    it(`refuses ${what}, with its place, in validation and submission alike`, async () => {
      assert.match(await refusalOf(source), finding);
    });
  }

  it("refuses inputs that are missing or mistyped, all of them at once", async () => {
    const source = `id: a\nname: A\ninputs:\n  n: { type: integer }\n  s: { type: string, required: true }\n${STEP}\n`;
    const refusal = await refusalOf(source, { n: "many" });
    assert.match(refusal, /INPUT_INVALID 0:0 n .*\n?/);
    assert.match(refusal, /INPUT_REQUIRED 0:0 .*s is required/);
  });

  it("keeps paths within the workspace, before anything is written", async () => {
    for (const path of ["../outside.txt", "/tmp/orchestrator-outside.txt", "a/../../outside.txt"]) {
      const { document, runId } = await runToEnd(mesh, {
        source: `id: p\nname: P\ninputs: { path: { type: string } }\nsteps: [{ id: w, tool: filesystem, action: write, parameters: { path: "{{ path }}", content: x } }]\n`,
        inputs: { path },
      });
      assert.equal(document.steps["w"]?.error_code, "PATH_DENIED");
      assert.equal((await artefactsOf(mesh, runId)).size, 0);
    }
  });

  it("refuses a document that is too large, and a message that is", async () => {
    const large = `id: a\nname: A\n${STEP}\n# ${"x".repeat(1 << 20)}\n`;
    assert.match(await refusalOf(large), /^limit /);
    await assert.rejects(
      mesh.pipelines.validatePipeline({ source: "x".repeat(17 << 20) }),
      (error) => error instanceof RpcError && error.code === Code.ResourceExhausted,
    );
    assert.equal((await fetch(`${mesh.url}/ready`)).status, 200);
  });

  it("refuses messages whose fields are wrong, field by field", async () => {
    await assert.rejects(mesh.runs.getRun({ runId: "not-an-id" }), (error) => {
      assert.ok(error instanceof RpcError);
      assert.equal(error.code, Code.InvalidArgument);
      assert.deepEqual(
        error.fieldViolations.map(({ field }) => field),
        ["run_id"],
      );
      return true;
    });
    await assert.rejects(
      mesh.runs.createRun({ what: { case: "source", value: documentNamed("greet") } }),
      (error) => error instanceof RpcError && error.fieldViolations[0]?.field === "request_id",
    );
    await assert.rejects(
      mesh.runs.createRun({
        what: { case: "source", value: documentNamed("greet") },
        given: { case: "inputsJson", value: "[1" },
        requestId: randomUUID(),
      }),
      (error) => error instanceof RpcError && error.fieldViolations[0]?.field === "inputs_json",
    );
  });

  it("says NOT_FOUND, with the reason, for a run that does not exist", async () => {
    const runId = "01890000-0000-7000-8000-000000000000";
    for (const call of [
      mesh.runs.getRun({ runId }),
      mesh.runs.cancelRun({ runId, requestId: "x" }),
      mesh.runs.listArtifacts({ runId }),
      mesh.runs.listRunEvents({ runId }),
    ]) {
      await assert.rejects(
        call,
        (error) =>
          error instanceof RpcError &&
          error.code === Code.NotFound &&
          error.reason === "RUN_NOT_FOUND",
      );
    }
  });

  it("ends a call whose deadline has passed", async () => {
    const options = { timeoutMs: 1 };
    await assert.rejects(
      mesh.pipelines.validatePipeline({ source: `# ${randomUUID()}\nid: a` }, options),
      (error) => error instanceof RpcError && error.code === Code.DeadlineExceeded,
    );
  });

  it("fails a step that needs a model where none is configured, and says how to configure one", async () => {
    const { document } = await runToEnd(mesh, {
      source:
        "id: m\nname: M\nsteps: [{ id: a, action: generate, parameters: { prompt: hello } }]\n",
    });
    assert.equal(document.status, "failed");
    assert.match(document.steps["a"]?.error ?? "", /OPENAI_API_KEY|models\.providers/);
  });
});
