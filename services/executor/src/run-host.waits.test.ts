import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { waitKey } from "@orchestrator/pipeline";
import { testPlan, type TestStep } from "@orchestrator/pipeline/testing";
import type { Json } from "@orchestrator/template";

import { settle } from "./testing/test-host.ts";
import { documentFrom, open, parameter } from "./testing/test-run.ts";

const HOUR_MS = 3_600_000;

function literal(name: string, value: Json) {
  return { ...parameter(name, ""), field: { kind: "literal", value } as const };
}

function waitFor(id: string, given: Readonly<Record<string, Json>> = {}): TestStep {
  const parameters = Object.entries({ signal: "go", ...given }).map(([name, value]) =>
    literal(name, value),
  );
  return { id, operation: "wait_for_signal", parameters };
}

function signal(answer: Json, sentAtMs = 0) {
  return { kind: "signal", name: "go", answer, by: "ann", sentAtMs } as const;
}

describe("a run that waits", () => {
  it("gives its executor up while it sleeps, and sleeps once (L156, I9)", async () => {
    const plan = testPlan({
      steps: [{ id: "nap", operation: "sleep", parameters: [literal("duration", "1h")] }],
    });
    const first = open(plan);
    const { state, clock } = first;
    state.assign(first.host);
    await settle(20);
    assert.equal(state.standing, "suspended");
    assert.equal(state.wakeAtMs, HOUR_MS);
    assert.equal(first.host.heldRuns, 0);
    clock.advance(HOUR_MS);
    state.assign(first.again().host);
    await settle(20);
    assert.deepEqual(state.kinds.slice(2), [
      "wait_started nap",
      "run_suspended",
      "wait_answered nap",
      "step_completed nap",
      "run_finished",
    ]);
    const { nap } = documentFrom(state, plan).steps;
    assert.deepEqual(nap?.value, {
      result: {
        slept: 3_600,
        started_at: "1970-01-01T00:00:00+00:00",
        until: "1970-01-01T01:00:00+00:00",
      },
      success: true,
      error: null,
    });
  });

  it("keeps signals that come early, in order, and takes each once (L157)", async () => {
    const plan = testPlan({
      steps: [waitFor("one"), { ...waitFor("two"), waitsFor: ["one"] }],
    });
    const run = open(plan);
    run.state.send(signal(1));
    run.state.send(signal(2));
    run.state.assign(run.host);
    await settle(20);
    const { steps, status } = documentFrom(run.state, plan);
    assert.equal(status, "completed");
    const received = { received_at: "1970-01-01T00:00:00+00:00", sender: "ann" };
    assert.deepEqual(
      [steps["one"]?.value, steps["two"]?.value],
      [1, 2].map((payload) => ({
        result: { signal: "go", payload, ...received },
        success: true,
        error: null,
      })),
    );
  });

  it("goes on by a signal that comes while nobody holds it, and passes over one that does not fit", async () => {
    const plan = testPlan({ steps: [waitFor("one", { schema: { type: "integer" } })] });
    const run = open(plan);
    run.state.assign(run.host);
    await settle(20);
    assert.equal(run.state.standing, "suspended");
    run.state.send(signal("no number"));
    run.state.send(signal(7));
    assert.equal(run.state.standing, "ready");
    run.state.assign(run.again().host);
    await settle(20);
    const { one } = documentFrom(run.state, plan).steps;
    assert.match(JSON.stringify(one?.value), /"payload":7/);
  });

  it("ends a wait at its time by its default, or else fails SIGNAL_TIMEOUT", async () => {
    const plan = testPlan({
      steps: [
        waitFor("open", { timeout: "2s", default: "none came" }),
        { ...waitFor("strict", { timeout: "3s" }), onFailure: "continue" },
      ],
    });
    const run = open(plan);
    run.state.assign(run.host);
    await settle(20);
    run.clock.advance(2_000);
    await settle(20);
    run.clock.advance(1_000);
    await settle(20);
    const { steps } = documentFrom(run.state, plan);
    assert.match(
      JSON.stringify(steps["open"]?.value),
      /"payload":"none came".*"sender":null,"used_default":true/,
    );
    assert.equal(steps["strict"]?.error_code, "SIGNAL_TIMEOUT");
  });

  it("takes what was put first into the inbox, when an answer and the end of the wait come together (L150)", async () => {
    const plan = testPlan({ steps: [waitFor("one", { timeout: "2s" })] });
    const run = open(plan);
    run.state.isAutomatic = false;
    run.state.assign(run.host);
    const commit = async (): Promise<void> => {
      await settle(5);
      run.state.commitNext();
      await settle(5);
    };
    for (let appends = 0; appends < 3; appends += 1) await commit();
    const key = waitKey({ step: "one", attempt: 1 });
    const answer = {
      step: "one",
      attempt: 1,
      answer: "yes",
      by: "ann",
      sentAtMs: 0,
      requestId: "r",
    };
    assert.equal(run.state.send({ kind: "answer", ...answer }, key), true);
    run.clock.advance(5_000);
    await settle(5);
    assert.equal(run.state.inbox.length, 1, "the end of the wait came second, and is dropped");
  });

  for (let kill = 1; kill <= 7; kill += 1) {
    it(`asks once and loses no signal when its executor dies after append ${kill}`, async () => {
      const plan = testPlan({ steps: [waitFor("one"), { ...waitFor("two"), waitsFor: ["one"] }] });
      const run = open(plan);
      run.state.send(signal("a"));
      run.state.isAutomatic = false;
      run.state.assign(run.host);
      for (let committed = 0; committed < kill; committed += 1) {
        await settle(5);
        run.state.commitNext({ acknowledged: committed < kill - 1 });
      }
      if (run.state.isHeld) {
        run.state.revoke({ told: false });
      }
      run.state.send(signal("b"));
      run.state.isAutomatic = true;
      run.state.assign(run.again().host);
      await settle(30);
      const { steps, status } = documentFrom(run.state, plan);
      assert.equal(status, "completed");
      assert.match(JSON.stringify(steps["one"]?.value), /"payload":"a"/);
      assert.match(JSON.stringify(steps["two"]?.value), /"payload":"b"/);
      const started = run.state.kinds.filter((kind) => kind.startsWith("wait_started"));
      assert.deepEqual(started, ["wait_started one", "wait_started two"]);
    });
  }

  it("ends its waits when it is cancelled", async () => {
    const plan = testPlan({ steps: [waitFor("one")] });
    const run = open(plan);
    run.state.assign(run.host);
    await settle(20);
    run.state.cancel("enough");
    run.state.assign(run.again().host);
    await settle(20);
    assert.deepEqual(run.state.kinds.slice(-3), [
      "wait_answered one",
      "step_cancelled one",
      "run_finished",
    ]);
    assert.equal(documentFrom(run.state, plan).status, "cancelled");
  });

  it("holds no slot of max_parallel while it waits (L149)", async () => {
    const plan = testPlan({
      steps: [
        waitFor("one"),
        { id: "two", operation: "echo", parameters: [literal("message", "x")] },
      ],
      maxParallel: 1,
    });
    const run = open(plan);
    run.state.assign(run.host);
    await settle(20);
    assert.equal(documentFrom(run.state, plan).steps["two"]?.status, "completed");
    assert.equal(run.state.standing, "suspended");
  });
});
