import assert from "node:assert/strict";
import { after, describe, it } from "node:test";

import { apply, openPlan, openRun } from "@orchestrator/pipeline";
import { testPlan } from "@orchestrator/pipeline/testing";

import { foldFor, type RenderJob } from "../render-job.ts";
import { createHeavyWork } from "./heavy-work-threads.ts";

const NEVER = new AbortController().signal;

function jobFor(source: string): RenderJob {
  const plan = testPlan({
    documentHash: "ab".repeat(32),
    steps: [
      {
        id: "say",
        operation: "echo",
        parameters: [
          {
            name: "message",
            type: { kind: "string" },
            required: true,
            field: { kind: "template", source, path: "parameters.message", line: 1, column: 1 },
          },
        ],
      },
    ],
  });
  const state = openRun(openPlan(plan));
  apply(state, { seq: 1, atUs: 0, event: { kind: "run_created", inputs: { n: 50_000 } } });
  return {
    plan,
    fold: foldFor(state, []),
    stored: new Map(),
    runId: "018bcfe5-6800-7000-8000-000000000001",
    nowMs: 0,
    roots: undefined,
    target: { kind: "step", instance: "say", decided: true, recorded: undefined },
  };
}

describe("createHeavyWork", () => {
  const work = createHeavyWork();
  after(() => work[Symbol.asyncDispose]());

  it("renders in a thread what is too much for the event loop, several times with the same plan", async () => {
    const job = jobFor("{{ range(n) | sum }}");
    for (let times = 0; times < 3; times++) {
      assert.deepEqual(await work.render(job, NEVER), {
        kind: "step",
        step: { kind: "ready", parameters: { message: "1249975000" }, artifacts: [] },
      });
    }
  });

  it("works data off in a thread", async () => {
    const parameters = { data: [{ n: 1 }, { n: 5 }], criteria: { n: { gt: 2 } }, format: "json" };
    const job = { tool: "data-processing", operation: "filter", parameters, files: {} } as const;
    const outcome = await work.compute(job, NEVER);
    assert.equal(outcome.kind, "done");
    assert.deepEqual(outcome.result?.["processed_data"], [{ n: 5 }]);
  });

  it("gives a job up when its signal says so, and does the next one", async () => {
    const stop = new AbortController();
    const slow = jobFor(
      "{% for i in range(n) %}{% for j in range(n) %}{{ i * j }}{% endfor %}{% endfor %}",
    );
    const given = assert.rejects(work.render(slow, stop.signal), /enough/);
    stop.abort(new Error("enough"));
    await given;
    const next = await work.render(jobFor("{{ n }}"), NEVER);
    assert.equal(next.kind === "step" && next.step.kind, "ready");
  });
});
