import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";

import { printResult } from "../result-line.ts";
import { chain } from "./documents.ts";
import { type Profile, SETTINGS } from "./profiles.ts";
import type { BenchServers } from "./servers.ts";

const RUNS = 10_000;
const AT_ONCE = 256;

/**
 * Runs of one step a second that an executor takes from a queue: all of them wait when it starts, and count from the first
 * that it took up to the last that ended. Without an executor that can be away there is nothing to measure.
 */
export async function queueDrain(profile: Profile, servers: BenchServers): Promise<void> {
  const { executor } = profile;
  if (executor === undefined) return;
  await executor.stop();
  const [before] = await servers.query("select clock_timestamp()::text as at");
  const acceptedFrom = performance.now();
  await createMany(profile, RUNS);
  const acceptedSeconds = (performance.now() - acceptedFrom) / 1_000;
  executor.start();
  await executor.ready();
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
    `select count(*)::int as runs, extract(epoch from max(r.ended_at) - min(e.at)) as seconds
     from state.run r join state.run_event e on e.run_id = r.run_id and e.seq = 2
     where ${filter}`,
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
    accepted_per_second: RUNS / acceptedSeconds,
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
