import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { parse } from "yaml";

import { dashboard, dashboardExpressions } from "./prometheus/expressions.ts";
import { askScrapedMesh } from "./prometheus/scraped-mesh.ts";
import { selectorsIn } from "./prometheus/selectors.ts";
import type { Verification } from "./verification.ts";

const PROVISIONING = "deploy/grafana/provisioning";
/** Counters grow for ever, so that only their rate says something. */
const RAW_COUNTER = /_(total|bucket|count|sum)\b/;
const SUBJECTS = ["Requests", "Latency", "Runs", "Steps", "Queue", "Leases", "Models"];

/** Judges the dashboard as a file, and puts its queries to a real Prometheus on the real services. Grafana itself does not run. */
export const grafana: Verification = {
  artefact: "deploy/grafana",
  packages: ["prometheus", "postgresql", "redis-server"],
  async verify() {
    const panels = verifyDashboard();
    const { answers, unknown } = await askScrapedMesh();
    const expressions = dashboardExpressions();
    for (const { where, expr } of expressions) {
      assert.equal(answers.get(expr)?.hasNumber, true, `${where} shows nothing: ${expr}`);
      const missing = selectorsIn(expr).filter((selector) => unknown.includes(selector));
      assert.deepEqual(missing, [], where);
    }
    return (
      `${panels} time series panels, ${expressions.length} queries, all with numbers from a real Prometheus on real services; ` +
      "Grafana's files are parsed, never run by a Grafana"
    );
  },
};

function verifyDashboard(): number {
  const { uid, title, panels, templating } = dashboard();
  const source = datasourceUid();
  assert.equal(uid, "orchestrator");
  assert.equal(title, "Orchestrator");
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length, "ids are unique");
  const rows = panels.filter(({ type }) => type === "row").map((row) => row.title);
  for (const subject of SUBJECTS) {
    const pattern = new RegExp(subject, "i");
    assert.ok(
      rows.some((row) => pattern.test(row)),
      `no row about ${subject}`,
    );
  }
  const variables = new Set(["__rate_interval", ...templating.list.map(({ name }) => name)]);
  const charts = panels.filter(({ type }) => type !== "row");
  assert.equal(new Set(charts.map((chart) => chart.title)).size, charts.length, "titles");
  for (const { title: name, type, datasource, targets = [] } of charts) {
    assert.equal(type, "timeseries", name);
    assert.equal(datasource?.uid, source, name);
    assert.ok(targets.length > 0, name);
    for (const { expr, legendFormat } of targets) {
      assert.notEqual(legendFormat, "", name);
      for (const [, variable = ""] of expr.matchAll(/\$(\w+)/g)) {
        assert.ok(variables.has(variable), `${name}: $${variable} is no variable`);
      }
      assertRated(name, expr);
    }
  }
  return charts.length;
}

function assertRated(name: string, expr: string): void {
  const withoutRates = expr
    .replaceAll(/\{[^}]*\}/g, "")
    .replaceAll(/\b(rate|increase)\([^()]*\)/g, "");
  assert.doesNotMatch(withoutRates, RAW_COUNTER, `${name}: a counter without rate()`);
  if (expr.includes("_bucket")) {
    assert.match(expr, /^histogram_quantile\([\d.]+, sum by \(le\b/, name);
  }
}

/** Of the data source that is provisioned, which the panels have to name. */
function datasourceUid(): string {
  const sources = parse(readFileSync(`${PROVISIONING}/datasources/prometheus.yml`, "utf8"));
  const providers = parse(readFileSync(`${PROVISIONING}/dashboards/orchestrator.yml`, "utf8"));
  assert.equal(sources.apiVersion, 1);
  assert.equal(providers.apiVersion, 1);
  assert.equal(providers.providers[0].type, "file");
  const [{ type, url, uid }] = sources.datasources;
  assert.equal(type, "prometheus");
  assert.equal(url, "http://prometheus:9090");
  return uid;
}
