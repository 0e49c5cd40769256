import { readFileSync, readdirSync } from "node:fs";

/** A process as /proc tells of it. */
export type ProcessFacts = {
  readonly pid: number;
  readonly state: string;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** User and system time of its own, in ticks of 10 ms. */
  readonly cpuTicks: number;
  /** Since boot, in ticks: with the pid it names one process for good. */
  readonly startTicks: number;
  readonly residentPages: number;
};

/** Every process that can be seen; none where there is no /proc. */
export function allProcesses(): ProcessFacts[] {
  return listed("/proc").flatMap((name) => {
    const facts = /^\d+$/.test(name) ? processFacts(Number(name)) : undefined;
    return facts === undefined ? [] : [facts];
  });
}

/** A process by its id; undefined when it is gone. */
export function processFacts(pid: number): ProcessFacts | undefined {
  const stat = text(`/proc/${pid}/stat`);
  // The name stands in parentheses and may hold any character.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (fields.length < 22) {
    return undefined;
  }
  const number = (index: number): number => Number(fields[index]);
  return {
    pid,
    state: fields[0] ?? "",
    parent: number(1),
    group: number(2),
    session: number(3),
    cpuTicks: number(11) + number(12),
    startTicks: number(19),
    residentPages: number(21),
  };
}

/** The processes that a process has forked and that have no other parent yet. */
export function childrenOf(pid: number): number[] {
  return listed(`/proc/${pid}/task`).flatMap((task) =>
    text(`/proc/${pid}/task/${task}/children`).split(" ").filter(Boolean).map(Number),
  );
}

/** A variable of the environment that a process was started with; undefined without it, or when it cannot be read. */
export function initialVariable(pid: number, name: string): string | undefined {
  const prefix = `${name}=`;
  const entry = text(`/proc/${pid}/environ`)
    .split("\0")
    .find((each) => each.startsWith(prefix));
  return entry?.slice(prefix.length);
}

/** The highest file size that a process may set for itself; undefined when it is gone. */
export function fileSizeLimit(pid: number): number | undefined {
  const line = /^Max file size +\d+ +(\d+)/m.exec(text(`/proc/${pid}/limits`));
  return line === null ? undefined : Number(line[1]);
}

// /proc is memory: reading it does not wait for a device, and costs less than a trip through the thread pool.
function text(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // Gone meanwhile, or another user's.
    return "";
  }
}

function listed(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    // As above.
    return [];
  }
}
