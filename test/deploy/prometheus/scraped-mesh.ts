import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { Code, createOrchestrator, type Orchestrator } from "@orchestrator/client";
import { openNodeTransport } from "@orchestrator/client/node";
import { startPrivatePostgres } from "@orchestrator/postgres/testing";
import { startPrivateRedis } from "@orchestrator/redis/testing";
import { startScriptedModels } from "@orchestrator/scripted-models";

import { type MeshProcesses, startMeshProcesses } from "../../harness/mesh-processes.ts";
import { runToEnd } from "../../harness/run-to-end.ts";
import type { ServiceProcess } from "../../harness/service-process.ts";
import { dashboardExpressions, ruleExpressions, runbookExpressions } from "./expressions.ts";
import { type PrometheusProcess, startPrometheus } from "./prometheus-process.ts";
import { selectorsIn } from "./selectors.ts";

/** What a real Prometheus said about the real services. */
export type Scraped = {
  /** By query: how many series the answer has, and whether one of them is a number; or what is wrong with the query. */
  readonly answers: ReadonlyMap<string, { readonly series: number; readonly hasNumber: boolean }>;
  /** Selectors that found nothing. */
  readonly unknown: readonly string[];
  readonly selectors: number;
  readonly unhealthyRules: readonly string[];
  readonly rules: number;
  /** From the death of the only registry until its alert was pending. */
  readonly alertedAfterMs: number;
};

const LOAD_MS = 12_000;
const ALERT_LIMIT_MS = 30_000;
const GOOD = `id: good
name: Good
steps:
  - {id: put, action: set, parameters: {variables: {word: hello}}}
  - {id: ask, action: generate, dependencies: [put], parameters: {prompt: Say hello, model: scripted, max_tokens: 20}}
`;
const BAD = `id: bad
name: Bad
steps:
  - {id: read, tool: filesystem, action: read, parameters: {path: absent.txt}}
`;

let asked: Promise<Scraped> | undefined;

/** Load a mesh that Prometheus scrapes, and put every shipped query to it; once, for whoever asks. */
export function askScrapedMesh(): Promise<Scraped> {
  asked ??= scrape();
  return asked;
}

async function scrape(): Promise<Scraped> {
  const directory = mkdtempSync(join(tmpdir(), "orchestrator-prometheus-"));
  try {
    await using postgres = await startPrivatePostgres();
    await using redis = await startPrivateRedis();
    await using models = await startScriptedModels({});
    await using mesh = await startMeshProcesses({
      directory,
      postgresUrl: postgres.url,
      redisUrl: redis.url,
      states: 2,
      executors: 2,
      config: `models:
  providers:
    scripted: {kind: openai, base_url: "${models.url}", api_key: unused, models: [{name: scripted, input_usd_per_mtok: 1, output_usd_per_mtok: 2}]}
`,
    });
    await using prometheus = await startPrometheus(join(directory, "prometheus"), targetsOf(mesh));
    using transport = openNodeTransport({ url: mesh.url });
    await load(createOrchestrator(transport));
    const answers = await answersOf(prometheus);
    const { selectors, unknown } = await unknownSelectors(prometheus);
    const { rules, unhealthyRules } = await judgeRules(prometheus);
    const alertedAfterMs = await untilAlerted(prometheus, mesh.registries);
    return { answers, selectors, unknown, rules, unhealthyRules, alertedAfterMs };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function targetsOf(mesh: MeshProcesses): Record<string, number[]> {
  return {
    gateway: opsPortsOf([mesh.gateway]),
    registry: opsPortsOf(mesh.registries),
    executor: opsPortsOf(mesh.executors),
    state: opsPortsOf(mesh.states),
  };
}

function opsPortsOf(services: readonly ServiceProcess[]): number[] {
  return services.map(({ opsPort }) => opsPort);
}

/** Runs that succeed, runs that fail, and calls that are refused, over several scrapes. */
async function load(caller: Orchestrator): Promise<void> {
  const deadline = Date.now() + LOAD_MS;
  while (Date.now() < deadline) {
    const good = await runToEnd(caller, { source: GOOD });
    assert.equal(good.document.success, true, good.document.error ?? "");
    const bad = await runToEnd(caller, { source: BAD });
    assert.equal(bad.document.success, false);
    await assert.rejects(caller.runs.getRun({ runId: randomUUID() }), { code: Code.NotFound });
    await delay(200);
  }
}

async function answersOf(prometheus: PrometheusProcess): Promise<Scraped["answers"]> {
  const answers = new Map<string, { series: number; hasNumber: boolean }>();
  const all = [...ruleExpressions(), ...dashboardExpressions(), ...runbookExpressions()];
  for (const { expr } of all) {
    const samples = await prometheus.query(expr);
    const hasNumber = samples.some(({ value: [, text] }) => Number.isFinite(Number(text)));
    answers.set(expr, { series: samples.length, hasNumber });
  }
  return answers;
}

async function unknownSelectors(
  prometheus: PrometheusProcess,
): Promise<Pick<Scraped, "selectors" | "unknown">> {
  const all = [...ruleExpressions(), ...dashboardExpressions(), ...runbookExpressions()];
  const selectors = new Set(all.flatMap(({ expr }) => selectorsIn(expr)));
  const unknown: string[] = [];
  for (const selector of selectors) {
    if ((await prometheus.query(`last_over_time(${selector}[10m])`)).length === 0) {
      unknown.push(selector);
    }
  }
  return { selectors: selectors.size, unknown };
}

async function judgeRules(
  prometheus: PrometheusProcess,
): Promise<Pick<Scraped, "rules" | "unhealthyRules">> {
  const all = await prometheus.rules();
  return {
    rules: all.length,
    unhealthyRules: all
      .filter(({ health }) => health !== "ok")
      .map(({ name, health, lastError }) => `${name}: ${health} ${lastError ?? ""}`),
  };
}

/** The way from a death to an alert, through everything that is between. */
async function untilAlerted(
  prometheus: PrometheusProcess,
  registries: readonly ServiceProcess[],
): Promise<number> {
  const alert = 'ALERTS{alertname="OrchestratorServiceGone",job="registry"}';
  assert.equal((await prometheus.query(alert)).length, 0, "an alert before anything happened");
  await Promise.all(registries.map((registry) => registry.kill()));
  const killedAtMs = Date.now();
  while ((await prometheus.query(alert)).length === 0) {
    assert.ok(Date.now() < killedAtMs + ALERT_LIMIT_MS, "no alert for a registry that is gone");
    await delay(200);
  }
  return Date.now() - killedAtMs;
}
