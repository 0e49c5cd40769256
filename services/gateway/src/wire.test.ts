import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { Finding } from "@orchestrator/pipeline";
import {
  EventRecordSchema,
  RunRecordSchema,
  RunState,
} from "@orchestrator/proto/state/v1/state_pb";
import { RunEventKind, RunStatus } from "@orchestrator/proto/v1/run_pb";

import {
  documentFactsFrom,
  statesFromStatuses,
  violationsFromFindings,
  wireFromEvent,
  wireFromRun,
} from "./wire.ts";

const RUN_ID = Uint8Array.from(Buffer.from("018900000000700080000000000000ab", "hex"));

function run(fields: Omit<MessageInitShape<typeof RunRecordSchema>, "$typeName">) {
  return wireFromRun(create(RunRecordSchema, { runId: RUN_ID, ...fields }));
}

describe("the gateway's messages", () => {
  it("give a stored run its status, and say why nothing happens to it", () => {
    const waiting = run({ state: RunState.READY, unmetRequires: ["tool:terminal"] });
    assert.equal(waiting.runId, "01890000-0000-7000-8000-0000000000ab");
    assert.equal(waiting.status, RunStatus.QUEUED);
    assert.equal(waiting.waitingReason, "no connected executor offers tool:terminal");
    assert.equal(
      run({ state: RunState.RUNNING, cancelRequested: true }).status,
      RunStatus.CANCELLING,
    );
    assert.equal(
      run({ state: RunState.CANCELLED, cancelRequested: true }).status,
      RunStatus.CANCELLED,
    );
    assert.match(run({ state: RunState.QUARANTINED }).waitingReason ?? "", /three times/);
  });

  it("show a run that ended as ended, though its row was read before", () => {
    const record = create(RunRecordSchema, { runId: RUN_ID, state: RunState.RUNNING });
    const end = { status: "completed", atMs: 1, outputs: {} } as const;
    assert.equal(documentFactsFrom(record, { end }).status, "completed");
    assert.equal(documentFactsFrom(record, { end: undefined }).status, "running");
  });

  it("turn a filter of statuses into stored states, and say when no run can match", () => {
    assert.deepEqual(statesFromStatuses([RunStatus.QUEUED, RunStatus.FAILED]), [
      RunState.READY,
      RunState.FAILED,
    ]);
    assert.deepEqual(statesFromStatuses([]), []);
    assert.deepEqual(statesFromStatuses([RunStatus.CANCELLING, RunStatus.FAILED]), [
      RunState.READY,
      RunState.RUNNING,
      RunState.SUSPENDED,
      RunState.FAILED,
      RunState.QUARANTINED,
    ]);
    assert.equal(statesFromStatuses([RunStatus.PAUSED]), undefined);
  });

  it("name a payload that is stored apart, and mark kinds of a newer version", () => {
    const blob = wireFromEvent(
      create(EventRecordSchema, { kind: 4, blobHash: Buffer.from("ab", "hex") }),
    );
    assert.equal(blob.kind, RunEventKind.STEP_COMPLETED);
    assert.equal(blob.payloadJson, '{"$blob":"sha256:ab"}');
    assert.equal(
      wireFromEvent(create(EventRecordSchema, { kind: 99 })).kind,
      RunEventKind.UNSPECIFIED,
    );
  });

  it("make violations of errors only, with their place", () => {
    const finding: Finding = {
      code: "unknown_key",
      severity: "error",
      category: "schema",
      step: null,
      path: "steps",
      parameter_path: "steps",
      line: 3,
      column: 1,
      referenced_step: null,
      referenced_field: null,
      message: "no such key",
      suggestions: [],
    };
    assert.deepEqual(violationsFromFindings([finding, { ...finding, severity: "warning" }]), [
      { field: "steps", description: "unknown_key at 3:1: no such key" },
    ]);
  });
});
