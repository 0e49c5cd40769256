// `npm run chaos -- --kills 20 --seed 1`: kills every part of a mesh of processes again and again under load, then judges what is left.
import { spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";

import { startPrivatePostgres } from "@orchestrator/postgres/testing";
import { startPrivateRedis } from "@orchestrator/redis/testing";
import { startScriptedModels } from "@orchestrator/scripted-models";

import { startMeshProcesses } from "../harness/mesh-processes.ts";
import { check, type Violation } from "./checker.ts";
import { ChaosClient } from "./client.ts";
import { FAULTS } from "./faults.ts";
import { seededRandom } from "./random.ts";
import { watchTakeovers } from "./takeover.ts";
import { chaosDocument, EFFECTS } from "./workload.ts";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "20" },
    seed: { type: "string", default: "1" },
    "in-flight": { type: "string", default: "100" },
    faults: { type: "string", default: FAULTS.map(({ name }) => name).join(",") },
  },
});
const kills = Number(values.kills);
const random = seededRandom(Number(values.seed));
const faults = FAULTS.filter(({ name }) => values.faults.split(",").includes(name));

const API_KEY = "chaos-key-0123456789abcdef";
const WARM_UP_MS = 5_000;
const PAUSE_MS = 1_500;
const FINISH_LIMIT_MS = 180_000;

const directory = await mkdtemp(join(tmpdir(), "orchestrator-chaos-"));
const acknowledgementsFile = join(directory, "acknowledgements.jsonl");
const ledgerFile = join(directory, "ledger.txt");
writeFileSync(acknowledgementsFile, "");
writeFileSync(ledgerFile, "");
console.log(`evidence in ${directory}; seed ${values.seed}`);

await using postgres = await startPrivatePostgres({ settings: { shared_buffers: "512MB" } });
await using redis = await startPrivateRedis();
const asked: { readonly key: string; readonly atMs: number }[] = [];
await using models = await startScriptedModels({
  delayMs: 100,
  onRequest(request) {
    const key = /Chaos question ([0-9a-f-]{36})/.exec(JSON.stringify(request))?.[1];
    if (key !== undefined) {
      asked.push({ key, atMs: Date.now() });
    }
  },
});
using ledger = await startLedger();
await using mesh = await startMeshProcesses({
  directory,
  postgresUrl: postgres.url,
  redisUrl: redis.url,
  states: 2,
  executors: 2,
  config: `security:
  api_key_required: true
tools:
  host_processes: allow
models:
  providers:
    scripted: {kind: openai, base_url: "${models.url}", api_key: unused, models: [{name: scripted}]}
`,
  env: {
    ORCHESTRATOR_API_KEY: API_KEY,
    ORCHESTRATOR_SECRET_KEY: "chaos-secret-0123456789abcdef0123456789abcdef",
  },
});
const client = new ChaosClient({
  url: mesh.url,
  apiKey: API_KEY,
  source: chaosDocument(ledger.port),
  inFlight: Number(values["in-flight"]),
  logFile: acknowledgementsFile,
  random,
});
await using takeovers = watchTakeovers(postgres.url);
await delay(WARM_UP_MS);

const strikes: { readonly fault: string; readonly atMs: number }[] = [];
/** From the kill until another executor holds a run, and until the first append of its epoch. */
const claimMs: number[] = [];
const appendMs: number[] = [];
for (let round = 0; round < kills; round++) {
  for (const fault of faults) {
    await delay(PAUSE_MS * (0.5 + random()));
    const held = fault.name === "executor" ? await heldByEach() : new Map();
    const claims = [...held.values()].map((runs) => takeovers.sampleClaims(runs));
    const atMs = Date.now();
    strikes.push({ fault: fault.name, atMs });
    const killed = await fault.strike({ mesh, postgres, random });
    if (killed !== undefined) {
      const lost = held.get(killed.name) ?? new Map();
      const appends = await takeovers.delays(lost, atMs);
      const claimed = await Promise.all(claims.map((sampler) => sampler.stop()));
      const claimDelays = [...lost.keys()].flatMap((runId) => {
        const claimedAtMs = claimed.find((each) => each.has(runId))?.get(runId);
        return claimedAtMs === undefined ? [] : [claimedAtMs - atMs];
      });
      appendMs.push(...appends);
      claimMs.push(...claimDelays);
      console.log(
        `${killed.name} killed with ${lost.size} runs: taken up after ${percentiles(claimDelays)} ms, first appends after ${percentiles(appends)} ms`,
      );
      await killed.ready();
    }
  }
  console.log(
    `round ${round + 1} of ${kills}: ${client.acknowledged} runs acknowledged, ${client.open} open`,
  );
}
await client.finish(FINISH_LIMIT_MS);
const violations = await check({
  postgresUrl: postgres.url,
  acknowledgementsFile,
  ledgerFile,
  asked,
  effects: EFFECTS,
});
printTable(violations);
process.exitCode = violations.length > 0 || strikes.length === 0 ? 1 : 0;

async function heldByEach(): Promise<Map<string, ReadonlyMap<string, number>>> {
  const pairs = mesh.executors.map(
    async (executor) => [executor.name, await takeovers.heldBy(`:${executor.pid}`)] as const,
  );
  return new Map(await Promise.all(pairs));
}

/** Violations count for the last fault before them. */
function printTable(found: readonly Violation[]): void {
  console.log("\nfault      count  taken up p50/p99 (ms)  first append p50/p99 (ms)  violations");
  for (const { name } of faults) {
    const count = strikes.filter(({ fault }) => fault === name).length;
    const [claimed, appended] =
      name === "executor" ? [percentiles(claimMs), percentiles(appendMs)] : ["-", "-"];
    const own = found.filter((violation) => faultOf(violation) === name).length;
    console.log(
      `${name.padEnd(10)} ${String(count).padEnd(6)} ${claimed.padEnd(22)} ${appended.padEnd(26)} ${own}`,
    );
  }
  console.log(
    `${client.acknowledged} runs acknowledged, ${appendMs.length} takeovers, ${found.length} violations`,
  );
  for (const { kind, detail } of found.slice(0, 50)) {
    console.log(`violation: ${kind}: ${detail}`);
  }
}

function faultOf({ atMs }: Violation): string | undefined {
  return atMs === undefined ? undefined : strikes.findLast((strike) => strike.atMs <= atMs)?.fault;
}

function percentiles(samples: readonly number[]): string {
  const sorted = samples.toSorted((one, other) => one - other);
  const at = (share: number): number =>
    Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0);
  return `${at(0.5)}/${at(0.99)}`;
}

async function startLedger(): Promise<Disposable & { readonly port: number }> {
  const portFile = join(directory, "ledger.port");
  const child = spawn(
    process.execPath,
    ["--conditions=source", "--import", "tsx", "test/chaos/ledger.ts", portFile, ledgerFile],
    { stdio: ["ignore", "inherit", "inherit"] },
  );
  while (!existsSync(portFile)) {
    await delay(50);
  }
  return {
    port: Number(readFileSync(portFile, "utf8")),
    [Symbol.dispose]: () => void child.kill(),
  };
}
