import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";

import { percentile } from "../percentile.ts";
import { printResult } from "../result-line.ts";
import { chain } from "./documents.ts";
import { type Profile, SETTINGS } from "./profiles.ts";
import type { BenchServers } from "./servers.ts";

const RATE_PER_SECOND = 100;
const SECONDS = 10;
/** What comes first meets code that was never run, and does not count. */
const WARM_UP_SECONDS = 10;
const SETTLE_MS = 1_000;

/**
 * Time from a run's acceptance to the start of its first step, at a steady rate of new runs.
 *
 * By one clock, the database's, and so a little more than that: from the statement that stored the run to the one that
 * stored the step's result, the step doing nothing.
 */
export async function acceptToStart(profile: Profile, servers: BenchServers): Promise<void> {
  const source = chain(1);
  const created: Promise<string>[] = [];
  const startedAt = performance.now();
  for (let i = 0; i < RATE_PER_SECOND * (WARM_UP_SECONDS + SECONDS); i++) {
    const dueAt = startedAt + (i * 1_000) / RATE_PER_SECOND;
    await delay(Math.max(0, dueAt - performance.now()));
    created.push(createdRun(profile, source));
  }
  const runIds = (await Promise.all(created)).slice(RATE_PER_SECOND * WARM_UP_SECONDS);
  await delay(SETTLE_MS);
  const rows = await servers.query(
    `select extract(epoch from s.at - c.at)::float8 * 1000 as waited
     from state.run_event c join state.run_event s on s.run_id = c.run_id and s.kind = 4
     where c.seq = 1 and c.run_id = any($1::uuid[])`,
    [runIds],
  );
  const waits = rows.map(({ waited }) => Number(waited));
  printResult({
    bench: "engine",
    case: "accept_to_start",
    profile: profile.name,
    store: "postgres",
    value: percentile(waits, 0.5),
    unit: "ms",
    p50_ms: percentile(waits, 0.5),
    p99_ms: percentile(waits, 0.99),
    runs: waits.length,
    settings: { ...SETTINGS, rate_per_second: RATE_PER_SECOND },
  });
}

async function createdRun({ runs }: Profile, source: string): Promise<string> {
  const what = { case: "source", value: source } as const;
  const { run } = await runs.createRun({ what, requestId: randomUUID() });
  return run?.runId ?? "";
}
