// Runs benchmarks: `npm run bench -- [name] [case…]`; prints one JSON line a figure, on servers of its own.
import { engine } from "./engine/engine.bench.ts";

const BENCHMARKS: Readonly<Record<string, (cases: readonly string[]) => Promise<void>>> = { engine };

const [name, ...cases] = process.argv.slice(2);
const chosen = name === undefined ? Object.keys(BENCHMARKS) : [name];
for (const one of chosen) {
  const bench = BENCHMARKS[one];
  if (bench === undefined) {
    throw new Error(`no benchmark ${one}; there are ${Object.keys(BENCHMARKS).join(", ")}`);
  }
  await bench(cases);
}
