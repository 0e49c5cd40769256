import { setTimeout as delay } from "node:timers/promises";

import { printResult } from "../result-line.ts";
import { type Profile, SETTINGS } from "./profiles.ts";
import type { BenchServers } from "./servers.ts";
import { cpuBetween, type Usage, usageOf } from "./usage.ts";

const SETTLE_MS = 10_000;
const WINDOW_MS = 30_000;
/** Milliseconds of CPU in a second are tenths of a percent of a core. */
const PERCENT_PER_CPU_MS = 0.1;

/** What a mesh costs that has nothing to do: share of a core, and transactions a second. */
export async function idleCost(profile: Profile, servers: BenchServers): Promise<void> {
  await delay(SETTLE_MS);
  const before = await look(profile, servers);
  await delay(WINDOW_MS);
  const after = await look(profile, servers);
  const seconds = (after.usage.atMs - before.usage.atMs) / 1_000;
  const cpu = cpuBetween(before.usage, after.usage, seconds / PERCENT_PER_CPU_MS);
  printResult({
    bench: "engine",
    case: "idle",
    profile: profile.name,
    store: "postgres",
    value: cpu.all,
    unit: "% of a core",
    by_process: cpu.byPart,
    memory_mib_by_process: after.usage.memoryMib,
    transactions_per_second: (after.transactions - before.transactions) / seconds,
    settings: { ...SETTINGS, window_s: seconds },
  });
}

type Look = { readonly usage: Usage; readonly transactions: number };

async function look(profile: Profile, servers: BenchServers): Promise<Look> {
  const [row] = await servers.query(
    "select (xact_commit + xact_rollback)::float8 as n from pg_stat_database where datname = current_database()",
  );
  return { usage: usageOf(profile, servers), transactions: Number(row?.["n"]) };
}
