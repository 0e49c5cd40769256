import { setTimeout as delay } from "node:timers/promises";

import type { MeshProcesses } from "../harness/mesh-processes.ts";
import type { ServiceProcess } from "../harness/service-process.ts";

/** What a fault is done to. */
export type Victims = {
  readonly mesh: MeshProcesses;
  readonly postgres: { stop(mode: "immediate"): Promise<void>; start(): Promise<void> };
  readonly random: () => number;
};

/** Strikes once, and mends what it broke; answers with the executor that was killed, if it was one. */
export type Fault = {
  readonly name: string;
  strike(victims: Victims): Promise<ServiceProcess | undefined>;
};

const DEAD_MS = 500;
/** A killed executor stays away long enough for the other one to take over. */
const EXECUTOR_DEAD_MS = 1_500;

/** `kill -9` of every service, and `-m immediate` of the database. */
export const FAULTS: readonly Fault[] = [
  {
    name: "executor",
    async strike({ mesh, random }) {
      const victim = pick(mesh.executors, random);
      await victim.kill();
      await delay(EXECUTOR_DEAD_MS);
      victim.start();
      return victim;
    },
  },
  killOf("state", ({ states }) => states),
  killOf("registry", ({ registries }) => registries),
  killOf("gateway", ({ gateway }) => [gateway]),
  {
    name: "postgres",
    async strike({ postgres }) {
      await postgres.stop("immediate");
      await delay(DEAD_MS);
      await postgres.start();
      return undefined;
    },
  },
];

function killOf(name: string, of: (mesh: MeshProcesses) => readonly ServiceProcess[]): Fault {
  return {
    name,
    async strike({ mesh, random }) {
      const victim = pick(of(mesh), random);
      await victim.kill();
      await delay(DEAD_MS);
      victim.start();
      await victim.ready();
      return undefined;
    },
  };
}

function pick<T>(candidates: readonly T[], random: () => number): T {
  const chosen = candidates[Math.floor(random() * candidates.length)];
  if (chosen === undefined) {
    throw new Error("there is nothing to kill");
  }
  return chosen;
}
