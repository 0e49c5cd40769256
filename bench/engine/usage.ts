import { cpuMsOfTrees } from "../process-cpu.ts";
import { memoryMibOfTree } from "../process-memory.ts";
import type { Profile } from "./profiles.ts";
import type { BenchServers } from "./servers.ts";

/** CPU that each part has used up to now, and the memory that it holds. */
export type Usage = {
  readonly atMs: number;
  readonly cpuMs: Readonly<Record<string, number>>;
  readonly memoryMib: Readonly<Record<string, number>>;
};

/** CPU between two looks, in all and by part, and the time between them. */
export type CpuBetween = {
  readonly all: number;
  readonly byPart: Readonly<Record<string, number>>;
  readonly seconds: number;
};

const BYTES_PER_MIB = 1 << 20;

/** Read the CPU and the memory of every process of a mesh and of its servers. */
export function usageOf(profile: Profile, servers: BenchServers): Usage {
  const parts = { ...profile.processes, ...servers.processes };
  const own = process.cpuUsage();
  const cpuMs = Object.entries(parts).map(([name, pid]) => [
    name,
    // The children of this process are the other parts.
    pid === process.pid ? (own.user + own.system) / 1_000 : cpuMsOfTrees([pid]),
  ]);
  const memoryMib = Object.entries(parts).map(([name, pid]) => [
    name,
    pid === process.pid ? process.memoryUsage.rss() / BYTES_PER_MIB : memoryMibOfTree(pid),
  ]);
  return {
    atMs: performance.now(),
    cpuMs: Object.fromEntries(cpuMs),
    memoryMib: Object.fromEntries(memoryMib),
  };
}

/** What was used between two looks, divided by `count`. */
export function cpuBetween(before: Usage, after: Usage, count: number): CpuBetween {
  const byPart = Object.entries(after.cpuMs).map(([name, ms]): [string, number] => [
    name,
    (ms - (before.cpuMs[name] ?? 0)) / count,
  ]);
  return {
    all: byPart.reduce((sum, [, ms]) => sum + ms, 0),
    byPart: Object.fromEntries(byPart),
    seconds: (after.atMs - before.atMs) / 1_000,
  };
}
