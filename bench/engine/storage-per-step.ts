import { printResult } from "../result-line.ts";
import { chain } from "./documents.ts";
import { startLoad } from "./load.ts";
import { type Profile, SETTINGS } from "./profiles.ts";
import type { BenchServers } from "./servers.ts";

const WINDOW_MS = 5_000;

/** Bytes that a step takes in the log beside its payload: tables and indexes of events and runs. */
export async function storagePerStep(profile: Profile, servers: BenchServers): Promise<void> {
  const before = await sizes(servers);
  const load = startLoad(profile.runs, { source: chain(10), inFlight: 64 });
  await new Promise((resolve) => setTimeout(resolve, WINDOW_MS));
  await load.stop();
  const after = await sizes(servers);
  const steps = after.steps - before.steps;
  printResult({
    bench: "engine",
    case: "storage_per_step",
    profile: profile.name,
    store: "postgres",
    value: (after.bytes - before.bytes - (after.payload - before.payload)) / steps,
    unit: "bytes/step",
    payload_bytes_per_step: (after.payload - before.payload) / steps,
    steps,
    settings: SETTINGS,
  });
}

async function sizes(
  servers: BenchServers,
): Promise<{ bytes: number; payload: number; steps: number }> {
  const [row] = await servers.query(`
    select
      (select sum(pg_total_relation_size(c.oid)) from pg_class c
       join pg_namespace n on n.oid = c.relnamespace
       where n.nspname = 'state' and c.relkind = 'r'
         and (c.relname like 'run\\_event%' or c.relname = 'run'))::float8 as bytes,
      coalesce(sum(octet_length(payload)), 0)::float8 as payload,
      count(*) filter (where kind in (4, 5, 6))::float8 as steps
    from state.run_event`);
  return {
    bytes: Number(row?.["bytes"]),
    payload: Number(row?.["payload"]),
    steps: Number(row?.["steps"]),
  };
}
