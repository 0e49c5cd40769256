// Executors that are killed in the middle of a step, and what becomes of their runs (I5).
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";

import { RunEventKind } from "@orchestrator/proto/v1/run_pb";

import { assertWhole, type FollowedRun, followRun } from "./followed-run.ts";
import { MISSING, type ProcessMesh, startProcessMesh } from "./process-mesh.ts";

describe("an executor that is killed in the middle of a step", { skip: MISSING }, () => {
  let mesh: ProcessMesh;
  before(async () => {
    mesh = await startProcessMesh();
  });
  after(() => mesh[Symbol.asyncDispose]());

  it("loses its run to the other one, which makes a repeatable attempt again (L181)", async (t) => {
    const marks = join(mesh.directory, "repeatable");
    const run = await followRun(mesh, oneStep({ repeatable: true }), { inputs: { marks } });
    await using killed = await killInTheMiddle(mesh, { run, marks });
    while (linesOf(marks).length < 2) await delay(20);
    t.diagnostic(`made again ${Date.now() - killed.atMs} ms after the kill`);

    const { success, steps } = await run.document();
    assert.equal(success, true);
    assert.equal(steps["effect"]?.status, "completed");
    assert.equal(linesOf(marks).length, 2, "the attempt was made twice");
    const takenOver = run.events.filter(({ kind }) => kind === RunEventKind.RUN_TAKEN_OVER);
    assert.equal(takenOver.length, 1, "the log says that another executor went on");
    assertWhole(run);
  });

  it("makes no attempt again that may have had its effect", async (t) => {
    const marks = join(mesh.directory, "once");
    const run = await followRun(mesh, oneStep({ repeatable: false }), { inputs: { marks } });
    await using killed = await killInTheMiddle(mesh, { run, marks });
    t.diagnostic(`recorded as lost ${await takeoverMs(run, killed.atMs)} ms after the kill`);

    const { success, steps } = await run.document();
    assert.equal(success, false);
    assert.equal(steps["effect"]?.error_code, "ATTEMPT_LOST");
    assert.equal(steps["first"]?.status, "completed");
    assert.equal(linesOf(marks).length, 1, "the attempt was made once");
    assertWhole(run);
  });

  it("runs nothing again that was committed before", async () => {
    const marks = join(mesh.directory, "committed");
    const run = await followRun(mesh, oneStep({ repeatable: true }), { inputs: { marks } });
    await using killed = await killInTheMiddle(mesh, { run, marks });
    void killed; // It comes back when the test is over.
    await run.document();
    const first = run.events.filter(({ step }) => step === "first");
    assert.deepEqual(
      first.map(({ kind }) => kind),
      [RunEventKind.STEP_STARTED, RunEventKind.STEP_COMPLETED],
    );
    assert.equal(linesOf(`${marks}.first`).length, 1);
  });
});

/** A step that is over at once, and one that takes long enough to be killed in; each leaves a mark when it begins. */
function oneStep({ repeatable }: { repeatable: boolean }): string {
  return `id: takeover
name: A step to be killed in
inputs:
  marks: {type: string, required: true}
steps:
  - id: first
    tool: terminal
    action: execute
    parameters: {command: "echo began >> '{{ marks }}.first'"}
  - id: effect
    tool: terminal
    action: execute
    idempotent: ${repeatable}
    parameters: {command: "echo began >> '{{ marks }}' && sleep 5"}
    dependencies: [first]
`;
}

async function killInTheMiddle(
  mesh: ProcessMesh,
  { run, marks }: { readonly run: FollowedRun; readonly marks: string },
): Promise<AsyncDisposable & { readonly atMs: number }> {
  await run.seen(RunEventKind.STEP_COMPLETED, ({ step }) => step === "first");
  while (!existsSync(marks)) await delay(20);
  const victim = await mesh.busyExecutor();
  const atMs = Date.now();
  await victim.kill();
  return {
    atMs,
    async [Symbol.asyncDispose]() {
      victim.start();
      await victim.ready();
    },
  };
}

/** From the kill to the first event of whoever took the run over. */
async function takeoverMs(run: FollowedRun, killedAtMs: number): Promise<number> {
  const known = run.events.at(-1)?.sequence ?? 0n;
  while ((run.events.at(-1)?.sequence ?? 0n) === known) {
    await delay(20);
  }
  const event = run.events.find(({ sequence }) => sequence > known);
  return (event?.seenAtMs ?? 0) - killedAtMs;
}

function linesOf(file: string): string[] {
  return readFileSync(file, "utf8").trimEnd().split("\n");
}
