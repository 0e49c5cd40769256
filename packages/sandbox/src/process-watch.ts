import type { LimitName, ProcessLimits } from "./process-limits.ts";
import type { ProcessTree } from "./process-tree.ts";

const WATCH_MS = 200;
const PAGE_BYTES = 4096;
const TICKS_PER_SECOND = 100;

/** Looks at a tree again and again until it is disposed, and says once which limit it passes as a whole. */
export function watchTree(
  tree: ProcessTree,
  { limits, onLimit }: { limits: ProcessLimits; onLimit: (limit: LimitName) => void },
): Disposable {
  // CPU time of members by pid and start; that of those which ended stays.
  const cpuTicks = new Map<string, number>();
  const timer = setInterval(() => {
    const members = tree.reachable();
    for (const { pid, startTicks, cpuTicks: ticks } of members) {
      cpuTicks.set(`${pid}.${startTicks}`, ticks);
    }
    const passed = passedLimit();
    if (passed !== undefined) {
      clearInterval(timer);
      onLimit(passed);
    }

    function passedLimit(): LimitName | undefined {
      const resident = sum(members.map(({ residentPages }) => residentPages)) * PAGE_BYTES;
      const cpu = sum([...cpuTicks.values()]) / TICKS_PER_SECOND;
      if (resident > limits.memoryBytes) {
        return "memory";
      }
      if (members.filter(({ state }) => state !== "Z").length > limits.processes) {
        return "processes";
      }
      return cpu > limits.cpuSeconds ? "cpu" : undefined;
    }
  }, WATCH_MS);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
