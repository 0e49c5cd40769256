import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { createReport } from "./finding.ts";
import { LIMITS } from "./limits.ts";

describe("createReport", () => {
  it("puts findings in document order, once for each cause (L170)", () => {
    const report = createReport();
    report.add("no_effect", { at: { line: 3, column: 1 }, message: "b" });
    report.add("yaml", { at: { line: 1, column: 5 }, message: "a" });
    report.add("no_effect", { at: { line: 3, column: 1 }, message: "b" });
    assert.deepEqual(
      report.findings().map(({ code, line }) => [code, line]),
      [
        ["yaml", 1],
        ["no_effect", 3],
      ],
    );
    assert.equal(report.refused, true);
  });

  it("has every fact of a finding, null where there is none (L170)", () => {
    const report = createReport();
    report.add("cycle", { at: null, message: "m" });
    assert.deepEqual(report.findings(), [
      {
        code: "cycle",
        severity: "error",
        category: "graph",
        step: null,
        path: null,
        parameter_path: null,
        line: null,
        column: null,
        referenced_step: null,
        referenced_field: null,
        message: "m",
        suggestions: [],
      },
    ]);
  });

  it("reports at most 200, errors first, and says how many more there are (L218)", () => {
    const report = createReport();
    for (let line = 1; line <= 300; line += 1) {
      report.add("implicit_dependency", { at: { line, column: 1 }, message: "i" });
    }
    report.add("cycle", { at: { line: 400, column: 1 }, message: "c" });
    const findings = report.findings();
    assert.equal(findings.length, LIMITS.findings);
    assert.equal(findings.filter(({ code }) => code === "cycle").length, 1);
    assert.deepEqual(findings.at(-1)?.code, "limit");
    assert.match(findings.at(-1)?.message ?? "", /^102 more/);
    assert.equal(findings.at(-1)?.severity, "info");
  });
});
