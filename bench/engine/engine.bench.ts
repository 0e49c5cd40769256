import { acceptToStart } from "./accept-to-start.ts";
import { chainThroughput } from "./chain-throughput.ts";
import { fanOutLatency } from "./fan-out-latency.ts";
import { idleCost } from "./idle-cost.ts";
import { embeddedProfile, meshProfile, type Profile } from "./profiles.ts";
import { queueDrain } from "./queue-drain.ts";
import { startBenchServers, type BenchServers } from "./servers.ts";
import { storagePerStep } from "./storage-per-step.ts";

type Case = (profile: Profile, servers: BenchServers) => Promise<void>;

const CASES: Readonly<Record<string, Case>> = {
  chain10: chainThroughput,
  accept: acceptToStart,
  fan_out: fanOutLatency,
  drain: queueDrain,
  storage: storagePerStep,
  idle: idleCost,
};

/** The engine's figures (architecture, section 9), both profiles on a PostgreSQL of their own, each case by its name. */
export async function engine(cases: readonly string[]): Promise<void> {
  const unknown = cases.filter((name) => !(name in CASES));
  if (unknown.length > 0) {
    throw new Error(`no case ${unknown.join(", ")}; there are ${Object.keys(CASES).join(", ")}`);
  }
  for (const open of [meshProfile, embeddedProfile]) {
    await using servers = await startBenchServers();
    await using profile = await open(servers);
    for (const [name, measure] of Object.entries(CASES)) {
      if (cases.length === 0 || cases.includes(name)) {
        await measure(profile, servers);
      }
    }
  }
}
