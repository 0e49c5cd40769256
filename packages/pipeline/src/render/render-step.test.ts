import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { MISSING, type Value } from "@orchestrator/template";

import { apply } from "../engine/apply.ts";
import { instanceAt } from "../engine/frame.ts";
import { openPlan } from "../engine/loaded-plan.ts";
import { openRun, type RunState } from "../engine/run-state.ts";
import { stepError } from "../engine/step-error.ts";
import type { JsonObject, RunEvent } from "../events.ts";
import type { Field, Plan, PlanParameter } from "../plan.ts";
import { testPlan, type TestStep } from "../testing/test-plan.ts";
import { renderOutputs } from "./render-outputs.ts";
import { type RenderedStep, renderStep } from "./render-step.ts";
import type { RenderContext } from "./renderer.ts";

const ENDED = { attempt: 1, startedAtMs: 1_768_487_685_000, durationMs: 1_500 };
const RUN_ID = "019bc1b5-8688-7000-8000-00000badcafe";

function template(source: string): Field {
  return { kind: "template", source, path: "parameters.p", line: 3, column: 5 };
}

function parameter(field: Field, rest: Partial<PlanParameter> = {}): PlanParameter {
  return { name: "p", type: { kind: "any" }, required: true, field, ...rest };
}

function contextOf(state: RunState): RenderContext {
  return {
    state,
    runId: RUN_ID,
    nowMs: 1_768_487_695_000,
    read: ({ sha256 }) => `stored ${sha256}`,
    call: (): Value => MISSING,
    cpuMs: () => 0,
  };
}

/** A run of steps `done`, `failed`, `skipped` and `set`, and a last one that renders. */
function stateWith(step: Partial<TestStep>, plan: Partial<Plan> = {}): RunState {
  const steps: TestStep[] = [
    { id: "done", operation: "capture_result", keepsParameters: true },
    { id: "failed", onFailure: "continue" },
    { id: "skipped" },
    { id: "set", operation: "set" },
    { id: "last", tool: "filesystem", operation: "write", ...step },
    { id: "later", operation: "set" },
  ];
  const inputs: Plan["inputs"] = ["limit", "name"].map((name) => ({
    name,
    type: { kind: "any" },
    required: false,
    description: null,
    template: false,
    checks: {},
  }));
  const state = openRun(openPlan(testPlan({ inputs, ...plan, steps })));
  const events: RunEvent[] = [
    {
      kind: "run_created",
      inputs: { limit: 3 },
      sections: { variables: { a: 1, b: 2 }, context: { tone: "dry" }, config: { k: "v" } },
    },
    { kind: "run_started", atMs: 1_768_487_685_400 },
    {
      kind: "step_completed",
      step: "done",
      ...ENDED,
      parameters: { value: "given", status: "hidden" },
      result: { inline: { text: "hi", id: "own", status: "odd" } },
    },
    { kind: "step_failed", step: "failed", ...ENDED, error: stepError("TIMEOUT", "timeout") },
    { kind: "step_skipped", step: "skipped", reason: "condition", atMs: 1 },
    { kind: "step_completed", step: "set", ...ENDED, result: { inline: { b: 20 } } },
    { kind: "step_completed", step: "later", ...ENDED, result: { inline: { b: 300 } } },
  ];
  for (const [at, event] of events.entries()) {
    apply(state, { seq: at + 1, atUs: 0, event });
  }
  return state;
}

function rendered(step: Partial<TestStep>, plan?: Partial<Plan>): RenderedStep {
  const state = stateWith(step, plan);
  const options = { decided: false, recorded: undefined };
  return renderStep(contextOf(state), instanceAt(state.root, 4), options);
}

function valueOf(source: string, plan?: Partial<Plan>): JsonObject[string] | undefined {
  const outcome = rendered({ parameters: [parameter(template(source))] }, plan);
  assert.equal(outcome.kind, "ready", JSON.stringify(outcome));
  return outcome.parameters["p"];
}

function condition(source: string): NonNullable<TestStep["condition"]> {
  return { source, path: "condition", line: 1, column: 1 };
}

function outputs(...sources: readonly (readonly [string, string])[]): Partial<Plan> {
  return {
    outputs: sources.map(([name, source]) => ({
      name,
      value: template(source),
      type: null,
      schema: null,
      location: null,
    })),
  };
}

function typedOutput(value: string, type: "integer" | "string"): RenderContext {
  const schema = { maximum: 2 };
  const output = {
    name: "o",
    value: template(value),
    type: { kind: type },
    schema,
    location: null,
  };
  return contextOf(stateWith({}, { outputs: [output] }));
}

describe("names in scope", () => {
  it("reads reserved fields of a step first, then its result, its record, its parameters (L69, L70)", () => {
    assert.equal(valueOf("{{ done.status }}"), "completed");
    assert.equal(valueOf("{{ done.result.status }}"), "odd");
    assert.equal(valueOf("{{ done.text }}"), "hi");
    assert.equal(valueOf("{{ done.id }}"), "own");
    assert.equal(valueOf("{{ failed.id }}"), "failed");
    assert.equal(valueOf("{{ done.action }}"), "capture_result");
    assert.equal(valueOf("{{ done.value }}"), "given");
    assert.equal(valueOf("{{ done.duration }}"), 1.5);
    assert.equal(valueOf("{{ steps.done.text }}{{ results.done.text }}"), "hihi");
  });

  it("leaves fields of steps without a result absent, and reads why (L1, L70)", () => {
    assert.equal(valueOf("{{ skipped.anything | default('none') }}"), "none");
    assert.equal(valueOf("{{ failed.x.y | default('none') }}"), "none");
    assert.equal(valueOf("{{ failed.error_type }}: {{ failed.error }}"), "TimeoutError: timeout");
    assert.equal(valueOf("{{ skipped.skip_reason }}"), "condition");
    assert.equal(
      valueOf("{{ failed is failed and skipped is skipped and done is succeeded }}"),
      true,
    );
    assert.equal(valueOf("{% if failed %}yes{% else %}no{% endif %}"), "no");
  });

  it("stands for the result where a step is used as a value (L71)", () => {
    assert.deepEqual(valueOf("{{ done }}"), { text: "hi", id: "own", status: "odd" });
    assert.equal(valueOf("{{ done | length }}"), 3);
  });

  it("knows inputs, sections and the run, in that order (L68)", () => {
    assert.equal(valueOf("{{ limit + inputs.limit + parameters.limit }}"), 9);
    assert.equal(valueOf("{{ name | default('nobody') }}"), "nobody");
    assert.equal(valueOf("{{ tone }} {{ context.tone }} {{ config.k }}"), "dry dry v");
    assert.equal(valueOf("{{ execution.timestamp }}"), "2026-01-15T14:34:45+00:00");
    assert.equal(valueOf("{{ current_date }} {{ execution.time }}"), "2026-01-15 14:34:45");
    assert.equal(valueOf("{{ execution_time }}"), 9.6);
    assert.equal(valueOf("{{ execution_id }}"), "test_1768481457_0badcafe");
  });

  it("sees variables as the steps above set them, whenever those below run (L186)", () => {
    assert.equal(valueOf("{{ variables.a }} {{ variables.b }}"), "1 20");
  });

  it("computes an output once for steps that use it (L32)", () => {
    const output = {
      name: "o",
      value: template("{{ done.text }}!"),
      type: null,
      schema: null,
      location: null,
    };
    assert.equal(valueOf("{{ outputs.o }}", { outputs: [output] }), "hi!");
  });
});

describe("renderStep", () => {
  it("lists every reference that resolves to nothing, and uses no parameter (L54, L55)", () => {
    const parameters = [
      parameter(template("{{ done.nothing }}")),
      parameter({ kind: "list", items: [template("{{ done.no.where }}")] }, { name: "q" }),
    ];
    const outcome = rendered({ parameters });
    assert.equal(outcome.kind, "failed");
    assert.equal(outcome.error.code, "TEMPLATE_UNRESOLVED");
    assert.match(outcome.error.message, /^filesystem .*parameters\.p: .*done\.nothing.*done\.no/);
  });

  it("skips a step whose condition is false, and fails one whose condition cannot be evaluated (L77, L78)", () => {
    assert.equal(rendered({ condition: condition("{{ limit > 5 }}") }).kind, "skip");
    assert.equal(rendered({ condition: condition("limit > 2") }).kind, "ready");
    const failed = rendered({ condition: condition("{{ done.nothing }}") });
    assert.ok(failed.kind === "failed" && failed.error.code === "CONDITION_ERROR");
  });

  it("fits values to their types, and leaves out optional ones without a value (L8)", () => {
    const outcome = rendered({
      parameters: [
        parameter(template(" {{ limit }} "), { type: { kind: "integer" } }),
        parameter(template("{{ skipped.x }}"), {
          name: "q",
          type: { kind: "string" },
          required: false,
        }),
      ],
    });
    assert.ok(outcome.kind === "ready");
    assert.deepEqual(outcome.parameters, { p: 3 });
    const misfit = rendered({
      parameters: [parameter(template("{{ done.text }}"), { type: { kind: "integer" } })],
    });
    assert.ok(misfit.kind === "failed" && misfit.error.code === "PARAMETER_INVALID");
  });

  it("names the file of a location that is a directory, for the step's own parameters too (L33)", () => {
    const outcome = rendered({
      location: template("out/{{ limit }}/"),
      produces: "a Markdown report",
      parameters: [parameter(template("{{ location }} ({{ produces }})"))],
    });
    assert.ok(outcome.kind === "ready");
    assert.equal(outcome.location, "out/3/last.md");
    assert.deepEqual(outcome.parameters, { p: "out/3/last.md (a Markdown report)" });
  });

  it("takes parameters from the record instead of rendering them again (I8)", () => {
    const state = stateWith({ parameters: [parameter(template("{{ done.nothing }}"))] });
    const outcome = renderStep(contextOf(state), instanceAt(state.root, 4), {
      decided: true,
      recorded: { p: "before" },
    });
    assert.ok(outcome.kind === "ready");
    assert.deepEqual(outcome.parameters, { p: "before" });
  });
});

describe("renderOutputs", () => {
  it("keeps types, lets outputs use each other, and makes absent values null (L30, L31)", () => {
    const state = stateWith(
      {},
      outputs(
        ["n", "{{ limit }}"],
        ["twice", "{{ outputs.n * 2 }}"],
        ["gone", "{{ skipped.x }}"],
        ["text", "007"],
      ),
    );
    assert.deepEqual(renderOutputs(contextOf(state)), {
      outputs: { n: 3, twice: 6, gone: null, text: "007" },
    });
  });

  it("makes a failed output null, and says why (L31)", () => {
    const { outputs: values, error } = renderOutputs(
      contextOf(stateWith({}, outputs(["bad", "{{ done.nothing }}"], ["good", "{{ limit }}"]))),
    );
    assert.deepEqual(values, { bad: null, good: 3 });
    assert.equal(error?.code, "OUTPUT_FAILED");
    assert.match(error?.message ?? "", /bad: .*done\.nothing/);
  });

  it("checks type and schema of the object form", () => {
    assert.equal(renderOutputs(typedOutput("{{ limit }}", "integer")).error?.code, "OUTPUT_FAILED");
    assert.deepEqual(renderOutputs(typedOutput("{{ limit - 1 }} ", "integer")).outputs, {
      o: 2,
    });
  });
});
