// Runs that wait, over executors that are killed: no signal is lost, and nothing is waited for twice (L149, L157, I9).
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe, it } from "node:test";

import { RunEventKind, RunStatus } from "@orchestrator/proto/v1/run_pb";

import { assertWhole, type FollowedRun, followRun } from "./followed-run.ts";
import { MISSING, type ProcessMesh, startProcessMesh } from "./process-mesh.ts";

describe("a run that waits", { skip: MISSING }, () => {
  let mesh: ProcessMesh;
  before(async () => {
    mesh = await startProcessMesh();
  });
  after(() => mesh[Symbol.asyncDispose]());

  it("holds no executor, and goes on by a signal", async () => {
    const run = await followRun(mesh, waiting);
    await run.seen(RunEventKind.RUN_SUSPENDED);
    const { run: waits } = await mesh.runs.getRun({ runId: run.runId });
    assert.equal(waits?.status, RunStatus.WAITING);
    await assert.rejects(signal(run, { payload: '"no number"' }), /payload_json/);
    const requestId = randomUUID();
    const first = await signal(run, { payload: "7", requestId });
    const again = await signal(run, { payload: "7", requestId });
    assert.deepEqual([first.duplicate, again.duplicate], [false, true]);
    const { outputs } = await run.document();
    assert.deepEqual(outputs["got"], 7);
    assertWhole(run);
  });

  it("loses no signal when its executor is killed right after it was sent", async () => {
    const run = await followRun(mesh, busyAndWaiting);
    await run.seen(RunEventKind.WAIT_STARTED);
    const victim = await mesh.busyExecutor();
    await signal(run, { payload: "8" });
    await victim.kill();
    const { outputs, success } = await run.document();
    victim.start();
    await victim.ready();
    assert.equal(success, true);
    assert.equal(outputs["got"], 8);
    const began = run.events.filter(({ kind }) => kind === RunEventKind.WAIT_STARTED);
    assert.equal(began.length, 1, "it was waited for once");
    assertWhole(run);
  });

  it("takes the first answer that fits, once, over a killed executor (L150)", async () => {
    const run = await followRun(mesh, approving);
    await run.seen(RunEventKind.WAIT_STARTED);
    const { approvals } = await mesh.approvals.listApprovals({ runId: run.runId });
    const [approval] = approvals;
    assert.deepEqual(
      [approval?.step, approval?.kind, approval?.title],
      ["gate", "approval", "Go?"],
    );
    const approvalId = approval?.approvalId ?? "";
    const respond = (answer: object, requestId: string) =>
      mesh.approvals.respondApproval({
        approvalId,
        answerJson: JSON.stringify(answer),
        responder: "ann",
        requestId,
      });
    await assert.rejects(respond({ approved: "perhaps" }, randomUUID()), /approved/);
    const victim = await mesh.busyExecutor();
    const requestId = randomUUID();
    await respond({ approved: true }, requestId);
    await victim.kill();
    await respond({ approved: true }, requestId);
    await assert.rejects(respond({ approved: false }, randomUUID()), /answered already/);
    const { outputs, success } = await run.document();
    victim.start();
    await victim.ready();
    assert.equal(success, true);
    assert.deepEqual(outputs["gate"], [true, "ann"]);
    await assert.rejects(respond({ approved: false }, randomUUID()), /answered already/);
    const after = await mesh.approvals.listApprovals({ runId: run.runId });
    assert.equal(after.approvals.length, 0);
    assertWhole(run);
  });

  async function signal(
    { runId }: FollowedRun,
    { payload, requestId = randomUUID() }: { payload: string; requestId?: string },
  ) {
    return mesh.runs.signalRun({
      runId,
      signal: "go",
      payloadJson: payload,
      requestId,
      sender: "test",
    });
  }
});

const waiting = `
name: waiting
steps:
  - id: wait
    action: wait_for_signal
    parameters: {signal: go, schema: {type: integer}}
outputs:
  got: "{{ wait.payload }}"
`;

const busyAndWaiting = `
name: busy-and-waiting
steps:
  - id: wait
    action: wait_for_signal
    parameters: {signal: go}
  - id: busy
    tool: terminal
    action: execute
    idempotent: true
    parameters: {command: "sleep 3"}
outputs:
  got: "{{ wait.payload }}"
`;

const approving = `
name: approving
steps:
  - id: gate
    tool: approval-gate
    parameters: {title: "Go?", content: all of it}
  - id: busy
    tool: terminal
    action: execute
    idempotent: true
    parameters: {command: "sleep 3"}
outputs:
  gate: "{{ [gate.approved, gate.approver] }}"
`;
