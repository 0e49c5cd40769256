import assert from "node:assert/strict";

import { bindInputs, compile, durationMs, fit, renderSections } from "@orchestrator/pipeline";
import {
  createBudget,
  DateTime,
  evaluate,
  type Environment,
  jsonOf,
  parseCondition,
  parseTemplate,
  render,
} from "@orchestrator/template";
import { catalogue } from "@orchestrator/tools/catalogue";

import { assertPart } from "./assert-part.ts";
import { bundleOf } from "./bundle-of.ts";
import type {
  Case,
  ConditionCase,
  DocumentCase,
  DurationCase,
  FitCase,
  TemplateCase,
} from "./case.ts";
import { runModelCase } from "./models/run-model-case.ts";
import { runToEnd } from "./run-to-end.ts";
/** Runs a case against this implementation; throws where it differs. */
export async function runCase(each: Case): Promise<void> {
  switch (each.kind) {
    case "document":
      runDocument(each);
      return;
    case "run":
      for (const ending of ["first", "last"] as const) {
        assertPart(runToEnd(each, ending), each.expect, ending);
      }
      return;
    case "model_run":
      await runModelCase(each, assertPart);
      return;
    case "template":
      runTemplate(each);
      return;
    case "condition":
      runCondition(each);
      return;
    case "fit":
      runFit(each);
      return;
    case "duration":
      runDuration(each);
  }
}

function runDocument({ document, files, inputs, expect }: DocumentCase): void {
  const text = typeof document === "string" ? document : document.join("\n");
  const compilation = compile(text, { bundle: bundleOf(files), catalogue });
  const findings = compilation.findings.filter(
    ({ severity }) => expect.every === true || severity !== "info",
  );
  const wanted = expect.findings ?? [];
  assert.deepEqual(
    findings.map(({ code }) => code),
    wanted.map(({ code }) => code),
    findings
      .map(({ code, line, column, message }) => `${code} ${line}:${column} ${message}`)
      .join("\n"),
  );
  wanted.forEach((facts, i) => assertPart(findings[i], facts, `findings[${i}]`));
  if (compilation.kind === "refused") {
    assert.equal(expect.valid, false, "the document was refused");
    return;
  }
  if (expect.plan !== undefined) {
    assertPart(compilation.plan, expect.plan, "plan");
  }
  submit(compilation.plan, { inputs: inputs ?? {}, expect, isGiven: inputs !== undefined });
}

function submit(
  plan: Parameters<typeof bindInputs>[0],
  { inputs, expect, isGiven }: { inputs: object; expect: DocumentCase["expect"]; isGiven: boolean },
): void {
  if (!isGiven) {
    assert.equal(expect.valid, true, "the document was accepted");
    return;
  }
  const bound = bindInputs(plan, { ...inputs });
  if (bound.kind === "refused") {
    const violations = bound.violations.map(({ code, input }) => ({ code, input }));
    assert.deepEqual(violations, expect.violations ?? [], JSON.stringify(bound.violations));
    assert.equal(expect.valid, false, "the inputs were refused");
    return;
  }
  assert.equal(expect.valid, true, "the inputs were accepted");
  if (expect.bound !== undefined) {
    assert.deepEqual(bound.inputs, expect.bound);
  }
  if (expect.warnings !== undefined) {
    assert.deepEqual(
      bound.warnings.map(({ code }) => code),
      expect.warnings,
    );
  }
  if (expect.sections !== undefined) {
    const rendered = renderSections(plan, bound.inputs);
    assert.deepEqual(rendered, { kind: "rendered", sections: expect.sections });
  }
}

const NOW = new DateTime(Date.UTC(2026, 0, 15, 14, 30, 45));

function environmentOf(context: object): Environment {
  const values = new Map(Object.entries(context));
  return {
    scope: { lookup: (name) => values.get(name) },
    host: { now: () => NOW, call: () => null },
    budget: createBudget(),
    names: () => [...values.keys()],
  };
}

function parsingOf(context: object) {
  const bound = new Set(Object.keys(context));
  return { bound, joinable: new Set([...bound].filter((name) => name.includes("-"))) };
}

function runTemplate({ template, context = {}, expect }: TemplateCase): void {
  const parsed = parseTemplate(template, parsingOf(context));
  if (parsed.kind === "refused") {
    assert.deepEqual(expect, { refused: parsed.problems[0]?.code });
    return;
  }
  const rendered = render(parsed.value, environmentOf(context));
  switch (rendered.kind) {
    case "value":
      assert.deepEqual({ value: jsonOf(rendered.value) }, expect);
      return;
    case "unresolved":
      assert.deepEqual(
        { unresolved: rendered.references.map(({ expression }) => expression) },
        expect,
      );
      return;
    case "failed":
      assert.deepEqual({ failed: rendered.code }, expect, rendered.message);
  }
}

function runCondition({ condition, context = {}, expect }: ConditionCase): void {
  const parsed = parseCondition(condition, parsingOf(context));
  if (parsed.kind === "refused") {
    assert.deepEqual(expect, { refused: parsed.problems[0]?.code });
    return;
  }
  const outcome = evaluate(parsed.value, environmentOf(context));
  assert.deepEqual(
    outcome.kind === "verdict" ? { verdict: outcome.verdict } : { failed: true },
    expect,
  );
}

function runFit({ value, type, expect }: FitCase): void {
  const outcome = fit(value, type);
  assert.deepEqual(outcome.kind === "fits" ? { value: outcome.value } : { misfit: true }, expect);
}

function runDuration({ value, expect }: DurationCase): void {
  const ms = durationMs(value);
  assert.deepEqual(ms === undefined ? { refused: true } : { ms }, expect);
}
