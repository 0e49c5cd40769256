import { createHash } from "node:crypto";

import { percentile } from "../percentile.ts";
import { printResult } from "../result-line.ts";
import type { Profile } from "./profiles.ts";
import type { BenchServers } from "./servers.ts";

const ROUNDS = 5;
const UNITS = 20_000;
const COMMITS = 300;

/**
 * What this machine does now with work that never changes: the yardstick for all other figures of a run.
 *
 * `value` is the CPU of one unit (an event through JSON, a digest and a map) in microseconds, the best of a few rounds;
 * `commit_p50_ms` is how long one row takes to be durable for a client that waits for each.
 */
export async function yardstick(profile: Profile, servers: BenchServers): Promise<void> {
  const rounds = Array.from({ length: ROUNDS }, unitCpuUs);
  const commits = await commitsMs(servers);
  printResult({
    bench: "engine",
    case: "yardstick",
    profile: profile.name,
    store: "postgres",
    value: Math.min(...rounds),
    unit: "us of CPU",
    commit_p50_ms: percentile(commits, 0.5),
    commit_p99_ms: percentile(commits, 0.99),
    settings: { units: UNITS, commits: COMMITS },
  });
}

function unitCpuUs(): number {
  const before = process.cpuUsage();
  const seen = new Map<string, number>();
  for (let i = 0; i < UNITS; i++) {
    const event = { kind: 4, step: `step_${i % 10}`, at: 1_795_000_000_000 + i, result: [i, "ok"] };
    const text = JSON.stringify(event);
    const digest = createHash("sha256").update(text).digest("base64");
    const { step }: { step: string } = JSON.parse(text);
    seen.set(step + digest.slice(0, 4), i);
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / UNITS;
}

async function commitsMs(servers: BenchServers): Promise<number[]> {
  await servers.query("create table if not exists public.yardstick (id int, payload text)");
  const taken: number[] = [];
  for (let i = 0; i < COMMITS; i++) {
    const startedAt = performance.now();
    await servers.query("insert into public.yardstick values ($1, $2)", [i, "x".repeat(100)]);
    taken.push(performance.now() - startedAt);
  }
  return taken;
}
