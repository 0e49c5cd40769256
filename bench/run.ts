// Runs benchmarks: `npm run bench -- [name] [case…]`; prints one JSON line a figure, on servers of its own.
import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";

import { engine } from "./engine/engine.bench.ts";
import type { BenchOptions } from "./options.ts";

const BENCHMARKS: Readonly<Record<string, (options: BenchOptions) => Promise<void>>> = { engine };

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    /** `mesh` or `embedded`; both without it. */
    profile: { type: "string" },
    /** Runs in flight, such as `64`; those of the case without it. */
    "in-flight": { type: "string", multiple: true },
    /** Folder that gets a CPU profile of each process. */
    "cpu-profile": { type: "string" },
  },
});
if (values["cpu-profile"] !== undefined) {
  mkdirSync(values["cpu-profile"], { recursive: true });
  process.env["BENCH_CPU_PROFILE"] = resolve(values["cpu-profile"]);
  await import(new URL("cpu-profile.mjs", import.meta.url).href);
}
const [name, ...cases] = positionals;
const chosen = name === undefined ? Object.keys(BENCHMARKS) : [name];
const options: BenchOptions = {
  cases,
  profile: values.profile,
  inFlight: values["in-flight"]?.map(Number),
  cpuProfileFolder: process.env["BENCH_CPU_PROFILE"],
};
for (const one of chosen) {
  const bench = BENCHMARKS[one];
  if (bench === undefined) {
    throw new Error(`no benchmark ${one}; there are ${Object.keys(BENCHMARKS).join(", ")}`);
  }
  await bench(options);
}
