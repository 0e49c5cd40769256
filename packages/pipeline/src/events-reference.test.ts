import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { encodeEvent } from "./event-codec.ts";
import { EVENT_SPECS } from "./events-reference.ts";
import { EVENT_KIND, type EventKind, type RunEvent } from "./events.ts";

const error = { code: "TIMEOUT", type: "TimeoutError", message: "m" };
const file = { path: "a.txt", size: 1, sha256: "00" };
const warnings = [{ code: "c", message: "m" }];
const attempt = { step: "s", attempt: 1, startedAtMs: 1, durationMs: 1 };
const settled = {
  ...attempt,
  parameters: { a: 1 },
  loop: { iterations: 1, terminatedBy: "items" },
  skips: [{ step: "t", reason: "routed" }],
} as const;
const usage = { model: "m", provider: "p", inputTokens: 1, outputTokens: 1, costNanoUsd: 1 };
const completed = {
  kind: "step_completed",
  ...settled,
  error,
  artifacts: [{ ...file, mediaType: "text/plain" }],
  usage,
  location: "a.txt",
  warnings,
} as const;

/** Events that say all that their kinds can say. */
const FULL: readonly RunEvent[] = [
  {
    kind: "run_created",
    inputs: {},
    sections: { a: 1 },
    files: [file],
    labels: { a: "b" },
    warnings,
    autoResponses: {},
    unattended: true,
  },
  { kind: "run_started", atMs: 1 },
  { kind: "step_started", step: "s", attempt: 1, atMs: 1, parameters: {} },
  { ...completed, result: { inline: 1 } },
  { ...completed, result: { blob: { sha256: "00", size: 1 } } },
  { kind: "step_failed", ...settled, error, usage },
  { kind: "step_skipped", step: "s", reason: "condition", atMs: 1, skips: settled.skips },
  { kind: "attempt_failed", ...attempt, error, waitMs: 1, usage },
  { kind: "run_suspended", wakeAfterMs: 1 },
  { kind: "message_received", inboxSeq: 1, message: { kind: "cancel", reason: "r" } },
  {
    kind: "run_finished",
    status: "failed",
    atMs: 1,
    outputs: {},
    error,
    unreached: "run_failed",
    warnings,
  },
  { kind: "step_cancelled", ...settled, reason: "r" },
  { kind: "attempt_lost", step: "s", attempt: 1 },
  { kind: "run_taken_over", atMs: 1 },
  {
    kind: "wait_started",
    step: "s",
    attempt: 1,
    atMs: 1,
    parameters: {},
    wait: {
      kind: "sleep",
      title: null,
      prompt: null,
      schema: null,
      choices: null,
      expiresAtMs: 1,
    },
  },
  {
    kind: "wait_answered",
    step: "s",
    attempt: 1,
    atMs: 1,
    end: { how: "signal", inboxSeq: 1, answer: 1, by: "b", sentAtMs: 1 },
  },
  {
    kind: "auto_resolved",
    step: "s",
    path: "p",
    value: 1,
    by: "model",
    usage,
    promptHash: "00",
    reason: "r",
  },
  {
    kind: "tool_called",
    step: "s",
    attempt: 1,
    number: 1,
    tool: "t",
    operation: "o",
    parameters: {},
    atMs: 1,
    durationMs: 1,
    error,
  },
  {
    kind: "loop_started",
    step: "s",
    atMs: 1,
    items: [1],
    maxIterations: 1,
    maxParallel: 1,
    minSuccessRate: 1,
  },
  { kind: "loop_decided", step: "s", iteration: 1, verdict: false, atMs: 1 },
];

describe("eventsReference", () => {
  it("names the keys that each kind of event has when it is stored", () => {
    const stored = new Map<EventKind, Set<string>>();
    for (const event of FULL) {
      const payload: object = JSON.parse(new TextDecoder().decode(encodeEvent(event).payload));
      const keys = stored.get(event.kind) ?? new Set();
      stored.set(event.kind, new Set([...keys, ...Object.keys(payload)]));
    }
    let kind: EventKind;
    for (kind in EVENT_KIND) {
      const told = EVENT_SPECS[kind].keys.toSorted();
      assert.deepEqual([...(stored.get(kind) ?? [])].toSorted(), told, kind);
    }
  });
});
