import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";

import {
  alerts,
  ruleExpressions,
  runbookExpressions,
  yamlFilesIn,
} from "./prometheus/expressions.ts";
import { askScrapedMesh } from "./prometheus/scraped-mesh.ts";
import type { Verification } from "./verification.ts";

const FOLDER = "deploy/prometheus";
const HEADINGS = ["Meaning", "Impact", "Check", "Fix", "Escalate"];

/** Checks configuration and rules, runs their tests, and puts every query to a real Prometheus on the real services. */
export const prometheus: Verification = {
  artefact: FOLDER,
  packages: ["prometheus", "postgresql", "redis-server"],
  async verify() {
    promtool(["check", "config", join(FOLDER, "prometheus.yml")]);
    const ruleFiles = ["rules", "alerts"].flatMap((folder) => yamlFilesIn(join(FOLDER, folder)));
    promtool(["check", "rules", ...ruleFiles]);
    const tests = yamlFilesIn(join(FOLDER, "tests"));
    promtool(["test", "rules", ...tests]);
    const names = verifyAlerts(tests);
    const { answers, selectors, unknown, rules, unhealthyRules, alertedAfterMs } =
      await askScrapedMesh();
    assert.deepEqual(unhealthyRules, []);
    assert.equal(rules, ruleExpressions().length, "rules that Prometheus has loaded");
    assert.deepEqual(unknown, [], "metrics or labels that no service has");
    for (const { where, expr } of [...ruleExpressions(), ...runbookExpressions()]) {
      assert.ok(answers.has(expr), `${where}: not answered`);
    }
    return (
      `promtool: configuration, ${rules} rules, ${tests.length} files of tests, ${names.size} alerts, each tested and with its runbook; ` +
      `a real Prometheus on real services: every rule healthy, ${runbookExpressions().length} queries of runbooks answered, ` +
      `${selectors} selectors found; a killed registry alerted after ${(alertedAfterMs / 1_000).toFixed(1)} s (scraped every second)`
    );
  },
};

/** Every alert is tested, once that it comes and once that it does not, and has a runbook; no runbook is without one. */
function verifyAlerts(tests: readonly string[]): ReadonlySet<string> {
  const tested = tests.map((file) => readFileSync(file, "utf8")).join("\n");
  const names = new Set<string>();
  for (const { alert, annotations, labels } of alerts()) {
    names.add(alert);
    assert.match(labels.severity, /^(page|ticket)$/, alert);
    assert.equal(annotations.runbook_url, `deploy/runbooks/${alert}.md`);
    assert.ok(existsSync(annotations.runbook_url), `${annotations.runbook_url} is missing`);
    const headings = readFileSync(annotations.runbook_url, "utf8").matchAll(/^## (.*)$/gm);
    assert.deepEqual(
      [...headings].map(([, heading]) => heading),
      HEADINGS,
      alert,
    );
    assert.ok(tested.includes(`alertname: ${alert}\n`), `no test in which ${alert} comes`);
  }
  const runbooks = readdirSync("deploy/runbooks").map((name) => basename(name, ".md"));
  assert.deepEqual(runbooks.toSorted(), [...names].toSorted());
  return names;
}

function promtool(args: readonly string[]): void {
  const { status, stdout, stderr } = spawnSync("promtool", args, { encoding: "utf8" });
  assert.equal(status, 0, `promtool ${args.join(" ")}: ${stdout}${stderr}`);
}
