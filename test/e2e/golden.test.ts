import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

import { type CliOutcome, runCli } from "../harness/run-cli.ts";
import { artefactsOf, type ResultDocument, runToEnd } from "../harness/run-to-end.ts";
import { startTestMesh, type TestMesh } from "../harness/test-mesh.ts";
import { documentNamed, pathOf } from "./documents.ts";

describe("the golden contract on the command line", () => {
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "orchestrator-golden-"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));
  const run = (...args: string[]): Promise<CliOutcome> =>
    runCli(["run", ...args, "--ephemeral"], { cwd: folder });

  it("validates in text, runs, and says nothing on stderr (G1)", async () => {
    const validated = await runCli(["validate", pathOf("greet")], { cwd: folder });
    assert.deepEqual({ ...validated, stdout: "" }, { code: 0, stdout: "", stderr: "" });
    assert.match(validated.stdout.split("\n")[0] ?? "", /^✓ .* is valid$/);
    const ran = await run(pathOf("greet"), "-i", "greeting=hi");
    assert.deepEqual({ ...ran, stdout: "" }, { code: 0, stdout: "", stderr: "" });
    const document = documentIn(ran);
    assert.equal(readFileSync(join(folder, "out/greeting.txt"), "utf8"), "hi world");
    assert.equal(contentOf(document, "read"), "hi world");
    assert.equal(document.outputs["text"], "hi world");
  });

  it("reads -i as the declaration says, and writes the document where -o says (G2)", async () => {
    const quoted = await run(pathOf("greet"), "-i", 'greeting="quoted"', "-o", "result.json");
    assert.deepEqual(quoted, { code: 0, stdout: "", stderr: "" });
    const document: ResultDocument = JSON.parse(readFileSync(join(folder, "result.json"), "utf8"));
    assert.equal(contentOf(document, "read"), "quoted world");
    const nonsense = await run(pathOf("greet"), "-i", "nonsense");
    assert.equal(nonsense.code, 2);
    assert.match(nonsense.stderr, /name=value/);
  });

  it("refuses wrong inputs before any step, and lists all that is wrong (G2)", async () => {
    const document = `id: strict
name: Strict
inputs:
  count: { type: integer, min: 1, max: 3 }
  word: { type: string, enum: [red, green] }
  must: { type: string, required: true }
steps:
  - { id: write, tool: filesystem, action: write, parameters: { path: out/no.txt, content: "{{ must }} {{ count }} {{ word }}" } }
`;
    const file = join(folder, "strict.yaml");
    writeFileSync(file, document);
    for (const command of ["run", "validate"]) {
      const refused = await runCli([command, file, "-i", "count=9", "-i", "word=blue"], {
        cwd: folder,
      });
      const said = refused.stdout + refused.stderr;
      assert.equal(refused.code, 2, said);
      for (const name of ["count", "word", "must"])
        assert.match(said, new RegExp(`inputs.${name}`));
    }
    assert.equal(existsSync(join(folder, "out/no.txt")), false);
  });

  it("fails with the whole document, and says on stderr which step (G3)", async () => {
    const ran = await run(pathOf("missing-file"));
    assert.equal(ran.code, 1);
    const document = documentIn(ran);
    assert.equal(document.success, false);
    assert.equal(document.error, "File not found: out/not-there.txt");
    assert.deepEqual(Object.keys(document.steps), ["before", "read_missing", "after"]);
    assert.deepEqual(ran.stderr.trimEnd().split("\n"), [
      "read_missing: FileNotFoundError: File not found: out/not-there.txt",
      "Pipeline completed with 1 failed step(s): read_missing",
    ]);
  });

  it("refuses a tool that there is not, and names the nearest (G3)", async () => {
    const file = join(folder, "unknown.yaml");
    writeFileSync(
      file,
      "id: u\nname: U\nsteps:\n  - id: a\n    tool: filesytem\n    action: write\n    parameters: { path: x, content: y }\n",
    );
    for (const command of ["run", "validate"]) {
      const { code, stdout, stderr } = await runCli([command, file], { cwd: folder });
      assert.equal(code, 2);
      assert.match(stdout + stderr, /unknown_tool .*unknown\.yaml:5:11: .*filesystem/);
    }
  });
});

describe("the golden contract through the API", () => {
  let mesh: TestMesh;
  before(async () => {
    mesh = await startTestMesh();
  });
  after(() => mesh[Symbol.asyncDispose]());

  it("joins what ran in parallel, in levels (G3)", async () => {
    const { runId, document } = await runToEnd(mesh, { source: documentNamed("diamond") });
    assert.deepEqual(document.execution_levels, [
      ["left", "right"],
      ["read_left", "read_right"],
      ["join"],
    ]);
    const artefacts = await artefactsOf(mesh, runId);
    assert.equal(artefacts.get("out/joined.txt")?.toString(), "left-value+right-value");
    assert.deepEqual([...artefacts.keys()], ["out/joined.txt", "out/left.txt", "out/right.txt"]);
  });

  it("gives the same document as the command, run after run (G4, G13)", async () => {
    const folder = mkdtempSync(join(tmpdir(), "orchestrator-golden-"));
    try {
      const cli = documentIn(
        await runCli(["run", pathOf("diamond"), "--ephemeral"], { cwd: folder }),
      );
      const first = await runToEnd(mesh, { source: documentNamed("diamond") });
      const second = await runToEnd(mesh, { source: documentNamed("diamond") });
      assert.deepEqual(blanked(first.document), blanked(cli));
      assert.deepEqual(blanked(second.document), blanked(cli));
      assert.deepEqual(Object.keys(first.document), Object.keys(cli));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("takes one branch, and skips the other (G4, G6)", async () => {
    const source = documentNamed("branches");
    const long = await runToEnd(mesh, { source });
    assert.equal(long.document.outputs["branch"], "long");
    assert.equal(long.document.steps["short"]?.status, "skipped");
    const short = await runToEnd(mesh, { source, inputs: { content: "hi" } });
    assert.equal(short.document.outputs["branch"], "short");
    assert.equal(short.document.steps["long"]?.status, "skipped");
    const artefacts = await artefactsOf(mesh, short.runId);
    assert.equal(artefacts.get("out/branch.txt")?.toString(), "short: hi");
  });

  it("counts attempts, and goes on after a failure where it is told to (G5)", async () => {
    const [retries, attempted, none] = await Promise.all([
      flakyUnder(mesh, "max_retries: 2"),
      flakyUnder(mesh, "max_attempts: 2"),
      flakyUnder(mesh, "max_retries: 0"),
    ]);
    assert.deepEqual(
      [retries, attempted, none].map(({ steps }) => steps["flaky"]?.retries),
      [1, 1, 0],
    );
    assert.equal(retries.steps["after"]?.status, "completed");
    assert.equal(retries.status, "failed");
  });

  it("starts nothing after a failure under the default policy, and the document is complete (G5)", async () => {
    const { document } = await runToEnd(mesh, { source: documentNamed("missing-file") });
    assert.deepEqual(
      Object.values(document.steps).map(({ status, skip_reason: reason }) => [status, reason]),
      [
        ["completed", null],
        ["completed", null],
        ["skipped", "run_failed"],
      ],
    );
  });

  it("keeps the types of values, and braces in a value are content (G9, G10)", async () => {
    const { document } = await runToEnd(mesh, {
      source: `id: types
name: Types
inputs:
  n: { type: integer, default: 3 }
  text: { type: string, default: "{{ n }} is not rendered" }
steps:
  - { id: make, action: set, parameters: { variables: { n: "{{ n }}", object: { a: [1, "{{ n }}"] } } } }
  - { id: note, action: echo, parameters: { message: "{{ text }}" } }
outputs:
  n: "{{ make.n }}"
  same: "{{ make.result.n == make.n }}"
  object: "{{ make.object }}"
  text: "{{ note.result }}"
  none: "{{ missing_step_result | default('none') }}"
`,
      inputs: { text: "{{ n }} stays" },
    });
    assert.deepEqual(document.outputs, {
      n: 3,
      same: true,
      object: { a: [1, 3] },
      text: "{{ n }} stays",
      none: "none",
    });
  });

  it("fails a step whose reference does not resolve, before its tool (G10)", async () => {
    const { document, runId } = await runToEnd(mesh, {
      source: `id: unresolved
name: Unresolved
steps:
  - { id: make, action: set, parameters: { variables: { a: 1 } } }
  - { id: write, tool: filesystem, action: write, parameters: { path: out/x.txt, content: "{{ make.result.b }}" } }
`,
    });
    assert.equal(document.steps["write"]?.error_code, "TEMPLATE_UNRESOLVED");
    assert.match(document.steps["write"]?.error ?? "", /parameters\.content: make\.result\.b/);
    assert.equal((await artefactsOf(mesh, runId)).size, 0);
  });

  it("does not make a dependent of a quick step wait for a slow one (G11)", async () => {
    const { document, events } = await runToEnd(mesh, {
      source: `id: quick
name: Quick
steps:
  - { id: slow, tool: terminal, action: execute, parameters: { command: "sleep 2" } }
  - { id: quick, action: control_flow }
  - { id: next, action: control_flow, dependencies: [quick] }
`,
    });
    assert.equal(document.success, true);
    const settled = events.filter(({ kind }) => kind === 4).map(({ step }) => step);
    assert.deepEqual(settled, ["quick", "next", "slow"]);
  });
});

/** What becomes of a command that always fails, under a policy of attempts. */
async function flakyUnder(mesh: TestMesh, policy: string): Promise<ResultDocument> {
  const source = `id: r
name: R
steps:
  - { id: flaky, tool: terminal, action: execute, ${policy}, on_failure: continue, retry: { initial: 0.01 }, parameters: { command: "exit 3" } }
  - { id: after, action: control_flow, dependencies: [flaky] }
`;
  return (await runToEnd(mesh, { source })).document;
}

function documentIn({ stdout, stderr }: CliOutcome): ResultDocument {
  assert.notEqual(stdout, "", stderr);
  const document: ResultDocument = JSON.parse(stdout);
  return document;
}

function contentOf(document: ResultDocument, step: string): unknown {
  const result = document.steps[step]?.value?.result;
  return typeof result === "object" && result !== null && "content" in result
    ? result.content
    : undefined;
}

/** What two runs of one document may differ in (L177). */
const VARYING =
  /^(run_id|execution_id|execution_order|\w*_at|duration|execution_time|child_run_id)$/;

function blanked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(blanked);
  return typeof value === "object" && value !== null
    ? Object.fromEntries(
        Object.entries(value).map(([key, item]) => [key, VARYING.test(key) ? null : blanked(item)]),
      )
    : value;
}
