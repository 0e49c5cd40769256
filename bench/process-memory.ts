import { readFileSync } from "node:fs";

import { pidsOfTrees } from "./process-cpu.ts";

const KIB_PER_MIB = 1_024;

/**
 * Memory that a process and its descendants hold, in MiB.
 *
 * The process is counted whole, with the program that it shares with others of its kind, as in a container of its own;
 * of what its descendants share each has its part.
 */
export function memoryMibOfTree(root: number): number {
  const kib = pidsOfTrees([root]).map((pid) => kibOf(pid, pid === root ? "Rss" : "Pss"));
  return kib.reduce((sum, each) => sum + each, 0) / KIB_PER_MIB;
}

/** A sum of `/proc/<pid>/smaps_rollup`; nothing of a process that ended meanwhile. */
function kibOf(pid: number, field: "Pss" | "Rss"): number {
  try {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
    return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(text)?.[1] ?? 0);
  } catch {
    return 0;
  }
}
