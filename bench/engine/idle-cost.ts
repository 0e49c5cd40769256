import { setTimeout as delay } from "node:timers/promises";

import { cpuMsOfTrees } from "../process-cpu.ts";
import { printResult } from "../result-line.ts";
import { type Profile, SETTINGS } from "./profiles.ts";
import type { BenchServers } from "./servers.ts";

const SETTLE_MS = 5_000;
const WINDOW_MS = 20_000;

/** What a mesh costs that has nothing to do: share of a core, and transactions a second. */
export async function idleCost(profile: Profile, servers: BenchServers): Promise<void> {
  await delay(SETTLE_MS);
  const before = await usage(profile, servers);
  await delay(WINDOW_MS);
  const after = await usage(profile, servers);
  const seconds = (after.atMs - before.atMs) / 1_000;
  printResult({
    bench: "engine",
    case: "idle",
    profile: profile.name,
    store: "postgres",
    value: (after.cpuMs - before.cpuMs) / (10 * seconds),
    unit: "% of a core",
    transactions_per_second: (after.transactions - before.transactions) / seconds,
    settings: { ...SETTINGS, window_s: seconds },
  });
}

async function usage(
  profile: Profile,
  servers: BenchServers,
): Promise<{ atMs: number; cpuMs: number; transactions: number }> {
  const [row] = await servers.query(
    "select (xact_commit + xact_rollback)::float8 as n from pg_stat_database where datname = current_database()",
  );
  return {
    atMs: performance.now(),
    cpuMs: cpuMsOfTrees([...new Set([...profile.pids, ...servers.pids])]),
    transactions: Number(row?.["n"]),
  };
}
