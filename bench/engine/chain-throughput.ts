import { setTimeout as delay } from "node:timers/promises";

import { percentile } from "../percentile.ts";
import { cpuMsOfTrees } from "../process-cpu.ts";
import { printResult } from "../result-line.ts";
import { chain } from "./documents.ts";
import { startLoad } from "./load.ts";
import { type Profile, SETTINGS } from "./profiles.ts";
import type { BenchServers } from "./servers.ts";

const IN_FLIGHT = [1, 64, 256];
const STEPS = 10;
const WARM_UP_MS = 4_000;
const WINDOW_MS = 10_000;

/** Durable steps a second of runs of ten steps that do nothing, counted in the log afterwards. */
export async function chainThroughput(profile: Profile, servers: BenchServers): Promise<void> {
  for (const inFlight of IN_FLIGHT) {
    const load = startLoad(profile.runs, { source: chain(STEPS), inFlight });
    await delay(WARM_UP_MS);
    load.latenciesMs.length = 0;
    const before = await snapshot(profile, servers);
    await delay(WINDOW_MS);
    const after = await snapshot(profile, servers);
    const latencies = [...load.latenciesMs];
    await load.stop();
    const steps = await stepsBetween(servers, before.at, after.at);
    const seconds = (after.atMs - before.atMs) / 1_000;
    printResult({
      bench: "engine",
      case: "chain10",
      profile: profile.name,
      store: "postgres",
      in_flight: inFlight,
      value: steps / seconds,
      unit: "steps/s",
      steps_per_second: steps / seconds,
      p50_ms: percentile(latencies, 0.5) / STEPS,
      p99_ms: percentile(latencies, 0.99) / STEPS,
      cpu_ms_per_step: (after.cpuMs - before.cpuMs) / steps,
      cpu_ms_per_step_database: (after.databaseCpuMs - before.databaseCpuMs) / steps,
      cpu_ms_per_step_client:
        profile.name === "mesh" ? (after.clientCpuMs - before.clientCpuMs) / steps : undefined,
      settings: { ...SETTINGS, window_s: seconds },
    });
  }
}

type Snapshot = {
  /** The database's clock, as text. */
  readonly at: unknown;
  readonly atMs: number;
  readonly cpuMs: number;
  readonly databaseCpuMs: number;
  readonly clientCpuMs: number;
};

async function snapshot(profile: Profile, servers: BenchServers): Promise<Snapshot> {
  const [row] = await servers.query("select clock_timestamp()::text as at");
  const databaseCpuMs = cpuMsOfTrees(servers.pids);
  return {
    at: row?.["at"],
    atMs: performance.now(),
    databaseCpuMs,
    clientCpuMs: ownCpuMs(),
    cpuMs: cpuMsOfTrees([...new Set([...profile.pids, ...servers.pids])]),
  };
}

function ownCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** Rows that record a step's result: completed, failed or skipped. */
async function stepsBetween(servers: BenchServers, from: unknown, to: unknown): Promise<number> {
  const [row] = await servers.query(
    `select count(*)::int as steps from state.run_event
     where kind in (4, 5, 6) and at >= $1::timestamptz and at < $2::timestamptz`,
    [from, to],
  );
  return Number(row?.["steps"]);
}
