import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";

import { printResult } from "../result-line.ts";
import { chain } from "./documents.ts";
import { type Profile, SETTINGS } from "./profiles.ts";
import type { BenchServers } from "./servers.ts";

const RUNS = 10_000;
const AT_ONCE = 256;

/** Runs of one step a second when more of them wait than can be held, from the first acceptance to the last end. */
export async function queueDrain(profile: Profile, servers: BenchServers): Promise<void> {
  const [before] = await servers.query("select clock_timestamp()::text as at");
  await createMany(profile, RUNS);
  const filter = "labels ->> 'bench' = 'drain' and created_at >= $1::timestamptz";
  for (;;) {
    const [row] = await servers.query(
      `select count(*)::int as open from state.run where ended_at is null and ${filter}`,
      [before?.["at"]],
    );
    if (Number(row?.["open"]) === 0) break;
    await delay(50);
  }
  const [span] = await servers.query(
    `select count(*)::int as runs, extract(epoch from max(ended_at) - min(created_at)) as seconds
     from state.run where ${filter}`,
    [before?.["at"]],
  );
  const runs = Number(span?.["runs"]);
  printResult({
    bench: "engine",
    case: "queue_drain",
    profile: profile.name,
    store: "postgres",
    value: runs / Number(span?.["seconds"]),
    unit: "runs/s",
    runs,
    settings: { ...SETTINGS, created_at_once: AT_ONCE },
  });
}

async function createMany({ runs }: Profile, count: number): Promise<void> {
  const what = { case: "source", value: chain(1) } as const;
  let left = count;
  const lanes = Array.from({ length: AT_ONCE }, async () => {
    while (left-- > 0) {
      await runs.createRun({ what, requestId: randomUUID(), labels: { bench: "drain" } });
    }
  });
  await Promise.all(lanes);
}
