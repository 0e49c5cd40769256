import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { decodeEvent, encodeEvent } from "./event-codec.ts";
import { EVENT_KIND, type RunEvent, type WaitEnd } from "./events.ts";

const USAGE = {
  model: "m",
  provider: "p",
  inputTokens: 1,
  outputTokens: 2,
  costNanoUsd: 3,
  choice: "named m",
};
const ENDED = { step: "s", attempt: 2, startedAtMs: 1_768_481_457_000, durationMs: 1.25 };
const FILE = { path: "a.txt", size: 1, sha256: "00" };
const ERROR = {
  code: "HTTP_STATUS",
  type: "HTTPError",
  message: "no",
  status: 503,
  timedOut: true,
  retryAfterMs: 10,
};
const WARNINGS = [{ code: "location_missing", step: "s", message: "gone" }];
const SKIPS = [{ step: "t", reason: "routed" as const }];

const SENT = { answer: { a: 1 }, by: "ann", sentAtMs: 5 };
const ENDS: readonly WaitEnd[] = [
  { how: "elapsed" },
  { how: "signal", inboxSeq: 4, ...SENT },
  { how: "answer", answer: false, by: "ann" },
  { how: "expired" },
  { how: "unattended" },
  { how: "withdrawn" },
];

/** Every kind with everything that it can say. */
const FULL: readonly RunEvent[] = [
  {
    kind: "run_created",
    inputs: { a: [1, null, { b: "é" }] },
    sections: { config: {} },
    files: [FILE],
    labels: { team: "a" },
    warnings: WARNINGS,
    autoResponses: { "s.parameters.p": 1 },
    unattended: true,
  },
  { kind: "run_started", atMs: 5 },
  { kind: "step_started", step: "s", attempt: 1, atMs: 5, parameters: { p: 1 } },
  {
    kind: "step_completed",
    ...ENDED,
    parameters: { p: 1 },
    skips: SKIPS,
    result: { inline: null },
    error: ERROR,
    artifacts: [{ ...FILE, mediaType: "text/plain" }],
    usage: USAGE,
    location: "a.txt",
    warnings: WARNINGS,
  },
  { kind: "step_completed", ...ENDED, result: { blob: { sha256: "00", size: 70_000 } } },
  { kind: "step_failed", ...ENDED, skips: SKIPS, error: ERROR, usage: USAGE },
  { kind: "step_skipped", step: "s", reason: "condition", atMs: 5, skips: SKIPS },
  { kind: "attempt_failed", ...ENDED, error: ERROR, waitMs: 100, usage: USAGE },
  { kind: "attempt_lost", step: "s", attempt: 1 },
  { kind: "run_taken_over", atMs: 6 },
  {
    kind: "auto_resolved",
    step: "s",
    path: "parameters.p",
    value: [1, "é"],
    by: "model",
    usage: USAGE,
    promptHash: "00",
    reason: "the cheapest",
  },
  {
    kind: "tool_called",
    step: "s",
    attempt: 1,
    number: 2,
    tool: "filesystem",
    operation: "read",
    parameters: { path: "a" },
    atMs: 5,
    durationMs: 1,
    error: ERROR,
  },
  {
    kind: "loop_started",
    step: "s",
    atMs: 5,
    items: [1, { a: null }],
    maxIterations: 3,
    maxParallel: 2,
    minSuccessRate: 0.5,
  },
  { kind: "loop_decided", step: "s", iteration: 2, verdict: true, atMs: 5 },
  { kind: "step_completed", ...ENDED, loop: { iterations: 2, terminatedBy: "items" } },
  { kind: "run_suspended", wakeAfterMs: 6_000 },
  { kind: "message_received", inboxSeq: 3, message: { kind: "cancel", reason: "enough" } },
  { kind: "message_received", inboxSeq: 4, message: { kind: "signal", name: "go", ...SENT } },
  {
    kind: "message_received",
    inboxSeq: 5,
    message: { kind: "answer", step: "s", attempt: 2, ...SENT, requestId: "r" },
  },
  { kind: "message_received", inboxSeq: 6, message: { kind: "expired", step: "s", attempt: 1 } },
  {
    kind: "wait_started",
    step: "s",
    attempt: 1,
    atMs: 5,
    parameters: { p: 1 },
    wait: {
      kind: "signal",
      title: "t",
      prompt: "p",
      schema: { type: "object" },
      choices: ["a"],
      default: null,
      signal: "go",
      expiresAtMs: 7,
    },
  },
  ...ENDS.map((end) => ({ kind: "wait_answered", step: "s", attempt: 1, atMs: 6, end }) as const),
  { kind: "step_cancelled", ...ENDED, reason: "enough" },
  {
    kind: "run_finished",
    status: "failed",
    atMs: 5,
    outputs: { o: [1] },
    error: ERROR,
    unreached: "run_failed",
    warnings: WARNINGS,
  },
];

/** Every kind with as little as it can say. */
const BARE: readonly RunEvent[] = [
  { kind: "loop_started", step: "s", atMs: 5 },
  { kind: "run_created", inputs: {} },
  { kind: "step_started", step: "s", attempt: 1, atMs: 5 },
  { kind: "step_completed", ...ENDED },
  { kind: "step_failed", ...ENDED, error: ERROR },
  { kind: "attempt_failed", ...ENDED, error: ERROR, waitMs: 0 },
  { kind: "step_skipped", step: "s", reason: "condition", atMs: 5 },
  { kind: "run_suspended" },
  { kind: "auto_resolved", step: "", path: "outputs.o", value: null, by: "default" },
  { kind: "run_finished", status: "completed", atMs: 5, outputs: {} },
];

describe("encodeEvent", () => {
  it("is undone by decodeEvent, for every kind with all and with nothing that it can say", () => {
    assert.deepEqual(new Set(FULL.map(({ kind }) => kind)), new Set(Object.keys(EVENT_KIND)));
    for (const event of [...FULL, ...BARE]) {
      assert.deepEqual(decodeEvent(encodeEvent(event)), event);
    }
  });

  it("tells a result that is null from none at all", () => {
    const without = encodeEvent({ kind: "step_completed", ...ENDED }).payload;
    assert.equal(Buffer.from(without).toString(), '{"at":1768481457000,"ms":1.25}');
  });

  it("puts step and attempt beside the payload, empty where there are none", () => {
    const { kind, version, step, attempt } = encodeEvent({ kind: "run_started", atMs: 5 });
    assert.deepEqual(
      { kind, version, step, attempt },
      { kind: 2, version: 1, step: "", attempt: 0 },
    );
    const lost = encodeEvent({ kind: "attempt_lost", step: "s", attempt: 4 });
    assert.deepEqual(
      [lost.step, lost.attempt, Buffer.from(lost.payload).toString()],
      ["s", 4, "{}"],
    );
  });
});

describe("decodeEvent", () => {
  it("refuses kinds and versions that it does not know", () => {
    const payload = new Uint8Array();
    const unknown = { step: "", attempt: 0, payload };
    assert.throws(() => decodeEvent({ kind: 99, version: 1, ...unknown }), /kind 99/);
    assert.throws(() => decodeEvent({ kind: 1, version: 2, ...unknown }), /version 2/);
  });
});
