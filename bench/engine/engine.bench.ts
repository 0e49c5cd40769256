import type { BenchOptions } from "../options.ts";
import { acceptToStart } from "./accept-to-start.ts";
import { chainThroughput } from "./chain-throughput.ts";
import { fanOutLatency } from "./fan-out-latency.ts";
import { idleCost } from "./idle-cost.ts";
import { embeddedProfile, meshProfile, type Profile } from "./profiles.ts";
import { queueDrain } from "./queue-drain.ts";
import { startBenchServers, type BenchServers } from "./servers.ts";
import { storagePerStep } from "./storage-per-step.ts";
import { yardstick } from "./yardstick.ts";

type Case = (profile: Profile, servers: BenchServers, options: BenchOptions) => Promise<void>;

/** In the order in which they are measured, the yardstick always: an idle mesh before its tables are full. */
const CASES: Readonly<Record<string, Case>> = {
  yardstick,
  idle: idleCost,
  accept_to_start: acceptToStart,
  fan_out_1000: fanOutLatency,
  storage_per_step: storagePerStep,
  chain10: chainThroughput,
  queue_drain: queueDrain,
};

const PROFILES = { mesh: meshProfile, embedded: embeddedProfile } as const;

/** The engine's figures (architecture, section 9), both profiles on a PostgreSQL of their own, each case by its name. */
export async function engine(options: BenchOptions): Promise<void> {
  const { cases } = options;
  refuseUnknown(cases, { known: Object.keys(CASES), what: "case" });
  const only = options.profile === undefined ? [] : [options.profile];
  refuseUnknown(only, { known: Object.keys(PROFILES), what: "profile" });
  for (const [profileName, open] of Object.entries(PROFILES)) {
    if (options.profile !== undefined && options.profile !== profileName) continue;
    await using servers = await startBenchServers();
    await using profile = await open(servers, options);
    for (const [name, measure] of Object.entries(CASES)) {
      if (cases.length === 0 || cases.includes(name) || name === "yardstick") {
        await measure(profile, servers, options);
      }
    }
  }
}

function refuseUnknown(
  names: readonly string[],
  { known, what }: { known: readonly string[]; what: string },
): void {
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new Error(`no ${what} ${unknown.join(", ")}; there are ${known.join(", ")}`);
  }
}
