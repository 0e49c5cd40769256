// Runs in namespaces of its own (`engine.ts` starts it), so that all it mounts and starts is gone with it.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { Container } from "./container.ts";
import { openNetwork } from "./network.ts";
import type { Outcome, Plan } from "./plan.ts";

const [planFile = "", outcomeFile = ""] = process.argv.slice(2);
const plan: Plan = JSON.parse(readFileSync(planFile, "utf8"));
const hostsFile = join(plan.scratch, "hosts");
writeFileSync(hostsFile, openNetwork(plan.containers));
const hosts = { kind: "bind", source: hostsFile, target: "/etc/hosts", readOnly: true } as const;

const containers = plan.containers.map(
  (each) => new Container({ ...each, mounts: [...each.mounts, hosts] }, plan),
);
writeFileSync(outcomeFile, JSON.stringify(await carryOut()));
process.exit(0);

async function carryOut(): Promise<Outcome> {
  const startMs: Record<string, number> = {};
  for (const container of containers) {
    startMs[container.plan.name] = await container.start();
  }
  const answers = [];
  for (const { container: name, command } of plan.questions) {
    const container = containers.find((each) => each.plan.name === name);
    if (container === undefined) throw new Error(`there is no container ${name}`);
    answers.push(await container.exec(command));
  }
  const ends: Record<string, { code: number; ms: number }> = {};
  for (const container of containers.toReversed()) {
    const end = await container.stop();
    if (end !== undefined) ends[container.plan.name] = end;
  }
  return { startMs, answers, ends };
}
