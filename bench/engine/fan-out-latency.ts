import { percentile } from "../percentile.ts";
import { printResult } from "../result-line.ts";
import { fanOut } from "./documents.ts";
import { timedRun } from "./load.ts";
import { type Profile, SETTINGS } from "./profiles.ts";

const WIDTH = 1_000;
const ROUNDS = 12;

/** Time of a run that fans out to a thousand steps that do nothing and joins them; the first two rounds warm up. */
export async function fanOutLatency(profile: Profile): Promise<void> {
  const source = fanOut(WIDTH);
  const samples: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    samples.push(await timedRun(profile.runs, source));
  }
  const warm = samples.slice(2);
  printResult({
    bench: "engine",
    case: "fan_out_1000",
    profile: profile.name,
    store: "postgres",
    value: percentile(warm, 0.5),
    unit: "ms",
    p50_ms: percentile(warm, 0.5),
    max_ms: Math.max(...warm),
    settings: { ...SETTINGS, max_parallel: 256 },
  });
}
