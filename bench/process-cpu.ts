import { readdirSync, readFileSync } from "node:fs";

const CLOCK_TICKS_PER_SECOND = 100;

/** User and system time of processes in milliseconds: each with all its descendants, those that ended included. */
export function cpuMsOfTrees(roots: readonly number[]): number {
  const ticks = treesOf(roots).reduce((sum, { own, reaped }) => sum + own + reaped, 0);
  return (ticks * 1_000) / CLOCK_TICKS_PER_SECOND;
}

/** Processes that live, with all their descendants. */
export function pidsOfTrees(roots: readonly number[]): readonly number[] {
  return treesOf(roots).map(({ pid }) => pid);
}

function treesOf(roots: readonly number[]): readonly Stat[] {
  const processes = readdirSync("/proc").flatMap((entry) => readStat(Number(entry)) ?? []);
  const wanted = new Set(roots);
  for (let grown = true; grown;) {
    const before = wanted.size;
    for (const { pid, parent } of processes) {
      if (wanted.has(parent)) wanted.add(pid);
    }
    grown = wanted.size > before;
  }
  return processes.filter(({ pid }) => wanted.has(pid));
}

type Stat = { pid: number; parent: number; own: number; reaped: number };

/** `/proc/<pid>/stat`, whose fields are counted after the name, which may hold spaces. */
function readStat(pid: number): Stat | undefined {
  if (!Number.isInteger(pid)) {
    return undefined;
  }
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = text
      .slice(text.lastIndexOf(")") + 2)
      .split(" ")
      .map(Number);
    const [, parent = 0] = fields;
    const [user = 0, system = 0, reapedUser = 0, reapedSystem = 0] = fields.slice(11, 15);
    return { pid, parent, own: user + system, reaped: reapedUser + reapedSystem };
  } catch {
    return undefined; // It ended meanwhile.
  }
}
