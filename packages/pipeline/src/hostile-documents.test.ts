import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { compile } from "./compile.ts";
import { durationMs } from "./duration.ts";
import type { Finding } from "./finding.ts";
import { createReport } from "./finding.ts";
import { fit } from "./fit.ts";
import { bindInputs } from "./inputs/bind-inputs.ts";
import { LIMITS } from "./limits.ts";
import { testCatalogue } from "./testing/test-catalogue.ts";

const HEAD = "name: n\nsteps:\n";

function step(id: string, more = ""): string {
  return `- {id: ${id}, action: echo, parameters: {message: hi}${more}}\n`;
}

function steps(count: number, write: (i: number) => string): string {
  return Array.from({ length: count }, (_, i) => write(i)).join("");
}

function ids(prefix: string, count: number): string {
  return Array.from({ length: count }, (_, i) => `${prefix}${i}`).join(",");
}

function setter(i: number): string {
  return `- {id: s${i}, action: set, parameters: {variables: {v: 1}}}\n`;
}

function reader(i: number): string {
  return `- {id: r${i}, action: echo, parameters: {message: '{{ variables.v }}'}}\n`;
}

function errorsOf(text: string): readonly Finding[] {
  const { findings } = compile(text, { bundle: [], catalogue: testCatalogue });
  return findings.filter(({ severity }) => severity === "error");
}

/** What takes quadratic time or memory takes minutes, or all there is, at the sizes below. */
const BRIEF_MS = 20_000;

/** Time of the processor, since others may be at work. */
function briefly(run: () => void): void {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  assert.ok((user + system) / 1_000 < BRIEF_MS);
}

describe("a hostile document", () => {
  it("with a long line of blanks is scanned in linear time (L13)", () => {
    briefly(() => {
      assert.equal(errorsOf(`${HEAD}- a${" ".repeat(500_000)}b\n`)[0]?.code, "schema");
    });
  });

  it("with many tags on one line is scanned in linear time (L13)", () => {
    briefly(() => {
      const tags = "<AUTO>x</AUTO>".repeat(50_000);
      assert.deepEqual(errorsOf(`description: |\n  ${tags}\n${HEAD}${step("a")}`), []);
    });
  });

  it("whose texts are nearly tags, paths, numbers and durations is checked in linear time (L8, L166)", () => {
    const dots = ".".repeat(300_000);
    const digits = "1".repeat(300_000);
    briefly(() => {
      const { findings } = compile(
        HEAD +
          `- {id: a, action: echo, parameters: {message: '<<${dots}'}}\n` +
          `- {id: b, action: 'write x to ${dots} b'}\n` +
          step("c", `, timeout: '${digits.slice(0, 100_000)}x'`),
        { bundle: [], catalogue: testCatalogue },
      );
      assert.ok(findings.length > 0);
      assert.equal(fit(`${digits}x`, { kind: "number" }).kind, "misfit");
      assert.equal(durationMs(`${digits}x`), undefined);
    });
  });

  it("with one long text under many aliases is refused (L12)", () => {
    briefly(() => {
      const text = "{{ inputs }} ".repeat(15_000);
      const first = `- {id: a, action: echo, parameters: {message: &m '${text}'}}\n`;
      const others = steps(200, (i) => `- {id: b${i}, action: echo, parameters: {message: *m}}\n`);
      const [error] = errorsOf(HEAD + first + others);
      assert.equal(error?.code, "yaml");
      assert.match(error.message, /aliases stand for more than/);
    });
  });

  it("whose steps all wait for all others is refused (L218)", () => {
    briefly(() => {
      const all = steps(2_000, (i) => step(`s${i}`));
      const first = step("t", `, dependencies: &d '${ids("s", 2_000)}'`);
      const errors = errorsOf(
        HEAD + all + first + steps(300, (i) => step(`u${i}`, ", dependencies: *d")),
      );
      assert.deepEqual(
        errors.map(({ code, path }) => [code, path]),
        [["limit", "steps"]],
      );
    });
  });

  it("whose else branch many wait for is refused (L42, L218)", () => {
    briefly(() => {
      const owner = step("o", `, if: 'true', else: [${ids("s", 1_000)}]`);
      const members = steps(1_000, (i) => step(`s${i}`));
      const errors = errorsOf(
        HEAD + owner + members + steps(1_000, (i) => step(`u${i}`, ", dependencies: o")),
      );
      assert.deepEqual(
        errors.map(({ code }) => code),
        ["limit"],
      );
    });
  });

  it("where every step reads what every other sets is refused (L186, L218)", () => {
    briefly(() => {
      const errors = errorsOf(HEAD + steps(1_500, setter) + steps(1_000, reader));
      assert.deepEqual(
        errors.map(({ code }) => code),
        ["limit"],
      );
    });
  });

  it("with a mapping of very many merged keys is read (L12)", () => {
    briefly(() => {
      const keys = Array.from({ length: 80_000 }, (_, i) => `k${i}: 1`).join(", ");
      const merged = `metadata: {a: &a {${keys}}, b: {<<: *a}}\n`;
      assert.deepEqual(errorsOf(merged + HEAD + step("a")), []);
    });
  });
});

describe("createReport", () => {
  it("keeps the errors among more findings than it can hold (L218)", () => {
    const report = createReport();
    for (let i = 0; i < 50_000; i += 1) {
      report.add("deprecated", { at: { line: i + 1, column: 1 }, message: "m" });
    }
    report.add("cycle", { at: { line: 1, column: 1 }, message: "m" });
    const findings = report.findings();
    assert.equal(findings.length, LIMITS.findings);
    assert.equal(findings[0]?.code, "cycle");
    assert.match(findings.at(-1)?.message ?? "", /^49802 more findings/);
    assert.ok(report.refused);
  });
});

describe("bindInputs", () => {
  const compilation = compile(HEAD + step("a"), { bundle: [], catalogue: testCatalogue });
  assert.ok(compilation.kind === "compiled");
  const { plan } = compilation;

  it("refuses a number that is larger than any can be, and takes it for none (L3)", () => {
    const bound = bindInputs(plan, { a: [{ b: Number.POSITIVE_INFINITY }] });
    assert.ok(bound.kind === "refused");
    assert.deepEqual(
      bound.violations.map(({ code, input }) => [code, input]),
      [["INPUT_INVALID", "a"]],
    );
  });

  it("names only so many inputs that are not declared (L26)", () => {
    const supplied = Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`k${i}`, i]));
    const bound = bindInputs(plan, supplied);
    assert.ok(bound.kind === "bound");
    assert.equal(Object.keys(bound.inputs).length, 5_000);
    assert.equal(bound.warnings.length, LIMITS.findings);
    assert.equal(bound.warnings.at(-1)?.message, "4801 more inputs are not declared");
  });
});
