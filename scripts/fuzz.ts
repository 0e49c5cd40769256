// Feeds the compiler, templates and conditions with texts that nobody would write, for as long as it is told, and counts what they break:
// a crash is anything thrown, a hang an input that takes longer than a template may (L218) and half as long again.
import { parseArgs } from "node:util";

import { TEMPLATE_LIMITS } from "@orchestrator/template";

import { TARGETS, type Target } from "../test/fuzz/targets.ts";
import { openDraw } from "../test/oracle/draw.ts";

const { values } = parseArgs({
  options: { seconds: { type: "string", default: "10" }, seed: { type: "string", default: "1" } },
});
const LIMIT_MS = 1.5 * TEMPLATE_LIMITS.cpuMs;

const draw = openDraw(Number(values.seed));
const endsAt = performance.now() + Number(values.seconds) * 1000;
const inputs = new Map<string, number>();
let crashes = 0;
let hangs = 0;
let slowestMs = 0;
while (performance.now() < endsAt) {
  for (const target of TARGETS) {
    feed(target, target.input(draw));
  }
}
console.log(
  JSON.stringify({
    ...Object.fromEntries(inputs),
    crashes,
    hangs,
    slowestMs: Math.round(slowestMs),
  }),
);
process.exitCode = crashes + hangs > 0 ? 1 : 0;

function feed({ name, feed: eat }: Target, input: string): void {
  const startedAt = performance.now();
  try {
    eat(input);
  } catch (error) {
    crashes += 1;
    console.log(`CRASH ${name} ${JSON.stringify(input)}\n  ${String(error)}`);
  }
  const tookMs = performance.now() - startedAt;
  slowestMs = Math.max(slowestMs, tookMs);
  if (tookMs > LIMIT_MS) {
    hangs += 1;
    console.log(`HANG ${name} ${Math.round(tookMs)} ms ${JSON.stringify(input)}`);
  }
  inputs.set(name, (inputs.get(name) ?? 0) + 1);
}
