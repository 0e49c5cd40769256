import { setTimeout as delay } from "node:timers/promises";

import type { BenchOptions } from "../options.ts";
import { percentile } from "../percentile.ts";
import { printResult } from "../result-line.ts";
import { chain } from "./documents.ts";
import { type Load, startLoad } from "./load.ts";
import { type Profile, SETTINGS } from "./profiles.ts";
import type { BenchServers } from "./servers.ts";
import { cpuBetween, type Usage, usageOf } from "./usage.ts";

const IN_FLIGHT = [1, 64, 256];
const STEPS = 10;
/** Code is compiled while it warms up; a slow machine is given longer. */
const WARM_UP = { leastMs: 4_000, mostMs: 30_000, runs: 6_000 };
const WINDOW_MS = 10_000;

/** Durable steps a second of runs of ten steps that do nothing, counted in the log afterwards. */
export async function chainThroughput(
  profile: Profile,
  servers: BenchServers,
  { inFlight: chosen = IN_FLIGHT, cpuProfileFolder }: BenchOptions,
): Promise<void> {
  for (const inFlight of chosen) {
    const load = startLoad(profile.runs, { source: chain(STEPS), inFlight });
    await warmUp(load);
    if (cpuProfileFolder !== undefined) {
      for (const pid of Object.values(profile.processes)) process.kill(pid, "SIGUSR2");
    }
    load.latenciesMs.length = 0;
    const before = await look(profile, servers);
    await delay(WINDOW_MS);
    const after = await look(profile, servers);
    const latencies = [...load.latenciesMs];
    await load.stop();
    const steps = await stepsBetween(servers, before.at, after.at);
    const cpu = cpuBetween(before.usage, after.usage, steps);
    printResult({
      bench: "engine",
      case: "chain10",
      profile: profile.name,
      store: "postgres",
      in_flight: inFlight,
      value: steps / cpu.seconds,
      unit: "steps/s",
      steps_per_second: steps / cpu.seconds,
      p50_ms: percentile(latencies, 0.5) / STEPS,
      p99_ms: percentile(latencies, 0.99) / STEPS,
      cpu_ms_per_step: cpu.all,
      cpu_ms_per_step_by_process: cpu.byPart,
      memory_mib_by_process: after.usage.memoryMib,
      settings: { ...SETTINGS, window_s: cpu.seconds },
    });
  }
}

async function warmUp({ latenciesMs }: Load): Promise<void> {
  await delay(WARM_UP.leastMs);
  for (let waitedMs = WARM_UP.leastMs; waitedMs < WARM_UP.mostMs; waitedMs += 100) {
    if (latenciesMs.length >= WARM_UP.runs) return;
    await delay(100);
  }
}

/** `at` is the database's clock, as text. */
type Look = { readonly at: unknown; readonly usage: Usage };

async function look(profile: Profile, servers: BenchServers): Promise<Look> {
  const [row] = await servers.query("select clock_timestamp()::text as at");
  return { at: row?.["at"], usage: usageOf(profile, servers) };
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
