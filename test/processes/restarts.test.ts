// Services that are killed or restarted under runs.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";

import { RunEventKind } from "@orchestrator/proto/v1/run_pb";
import { Pool } from "pg";

import { assertWhole, type FollowedRun, followRun } from "./followed-run.ts";
import { MISSING, type ProcessMesh, startProcessMesh } from "./process-mesh.ts";

const MODEL_MS = 3_000;

describe("four services with two executors and two states", { skip: MISSING }, () => {
  let mesh: ProcessMesh;
  before(async () => {
    mesh = await startProcessMesh({ modelDelayMs: MODEL_MS });
  });
  after(() => mesh[Symbol.asyncDispose]());

  it("run pipelines, many at once, on both executors", async () => {
    const busy = new Set<string>();
    // What waits when an executor comes may all be his; what is created later is spread.
    for (let wave = 0; wave < 5 && busy.size < 2; wave++) {
      const runs = await Promise.all(Array.from({ length: 20 }, () => followRun(mesh, slow())));
      const ended = assertAllSucceed(runs).then(() => "ended");
      while ((await Promise.race([ended, delay(50)])) !== "ended") {
        const { sessions } = await mesh.operations.listSessions({});
        for (const { executor, heldRuns } of sessions) if (heldRuns > 0) busy.add(executor);
      }
    }
    assert.equal(busy.size, 2, "both executors had runs");
  });

  it("finish what runs while one state is killed, then the other", async () => {
    const runs = await Promise.all(Array.from({ length: 10 }, () => followRun(mesh, slow())));
    for (const state of mesh.states) {
      await state.kill();
      state.start();
      await state.ready();
    }
    await assertAllSucceed(runs);
  });

  it("finish what runs while both states are killed at once", async () => {
    const runs = await Promise.all(Array.from({ length: 10 }, () => followRun(mesh, slow())));
    await Promise.all(mesh.states.map((state) => state.kill()));
    for (const state of mesh.states) state.start();
    await Promise.all(mesh.states.map((state) => state.ready()));
    await assertAllSucceed(runs);
  });

  it("go on with a watch that is open while the gateway is restarted", async () => {
    const run = await followRun(mesh, slow());
    await run.seen(RunEventKind.STEP_COMPLETED);
    assert.equal(await mesh.gateway.stop(), 0);
    mesh.gateway.start();
    await mesh.gateway.ready();
    await assertAllSucceed([run]);
    assert.ok(run.resumed > 0, "the watch was not taken up again");
  });

  it("ask a model again when the registry is killed before the answer came", async () => {
    const asked = mesh.asked.length;
    const run = await followRun(mesh, ask("again"));
    await until(() => mesh.asked.length > asked);
    const [registry] = mesh.registries;
    assert.ok(registry !== undefined);
    await registry.kill();
    registry.start();
    await registry.ready();
    const { success, usage } = await run.document();
    assert.equal(success, true);
    assert.equal(mesh.asked.length, asked + 2);
    assert.ok(usage.output_tokens > 0);
  });

  it("pay no answer twice that was recorded before executor and registry were killed", async () => {
    const asked = mesh.asked.length;
    const run = await followRun(mesh, ask("once"));
    await until(() => mesh.asked.length > asked);
    const executor = await mesh.busyExecutor();
    await executor.kill();
    const [registry] = mesh.registries;
    assert.ok(registry !== undefined);
    await recorded(mesh, run);
    await registry.kill();
    registry.start();
    await registry.ready();
    const { success, usage } = await run.document();
    assert.equal(success, true);
    assert.ok(usage.output_tokens > 0);
    assert.equal(mesh.asked.length, asked + 1, "the model was asked once");
    executor.start();
    await executor.ready();
  });
});

/** Three steps, the middle one of which takes a while. */
function slow(): string {
  return `id: slow
name: Three steps
steps:
  - {id: begin, action: control_flow}
  - id: wait
    tool: terminal
    action: execute
    idempotent: true
    parameters: {command: "sleep 3 && echo waited"}
    dependencies: [begin]
  - {id: end, action: control_flow, dependencies: [wait]}
`;
}

function ask(word: string): string {
  return `id: ask-${word}
name: One question
steps:
  - id: ask
    action: generate
    parameters: {prompt: "Say ${word}", model: scripted, max_tokens: 20}
`;
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await delay(20);
}

/** Waits until the registry has the answer to the one question of a run in its ledger. */
async function recorded({ postgres }: ProcessMesh, { runId }: FollowedRun): Promise<void> {
  const pool = new Pool({ connectionString: postgres.url, max: 1 });
  const answered = async (): Promise<boolean> => {
    const { rowCount } = await pool.query(
      "select 1 from registry.model_call where position($1 in call_id) > 0 and status = 'answered'",
      [runId],
    );
    return rowCount === 1;
  };
  while (!(await answered())) await delay(50);
  await pool.end();
}

async function assertAllSucceed(runs: readonly FollowedRun[]): Promise<void> {
  for (const run of runs) {
    const { success } = await run.document();
    assert.equal(success, true);
    assertWhole(run);
    const finished = run.events.filter(({ kind }) => kind === RunEventKind.RUN_FINISHED);
    assert.equal(finished.length, 1);
  }
}
