import { setTimeout as sleep } from "node:timers/promises";

import {
  type ProcessFacts,
  allProcesses,
  childrenOf,
  fileSizeLimit,
  initialVariable,
  processFacts,
} from "./process-table.ts";

/** The variable that every process of a tree inherits. */
export const MARK_VARIABLE = "ORCHESTRATOR_PROCESS";

const POLL_MS = 20;
const KILL_ROUNDS = 250;
const FREEZE_PASSES = 20;

/**
 * A process with all that descends from it.
 *
 * A descendant is found by any of: its parents, the group and session of the root, the mark in its environment, the
 * mark in its file size limit. So one that has forked twice, made a session of its own and cleared its environment is
 * still found.
 */
export class ProcessTree {
  readonly #root: number;
  readonly #mark: string;
  readonly #fileBytes: number;
  readonly #since: number;
  /** Start times by pid, of every member that was ever seen. */
  readonly #seen = new Map<number, number>();

  constructor(root: number, { mark, fileBytes }: { mark: string; fileBytes: number }) {
    this.#root = root;
    this.#mark = mark;
    this.#fileBytes = fileBytes;
    const facts = processFacts(root);
    this.#since = facts?.startTicks ?? Number.POSITIVE_INFINITY;
    if (facts !== undefined) {
      this.#seen.set(root, facts.startTicks);
    }
  }

  /** The members that can be reached from those seen before: cheap, for watching. */
  reachable(): ProcessFacts[] {
    const found = new Map<number, ProcessFacts>();
    const queue = [...this.#seen.keys()];
    for (let pid = queue.pop(); pid !== undefined; pid = queue.pop()) {
      const facts = found.has(pid) ? undefined : processFacts(pid);
      if (facts !== undefined && (this.#seen.get(pid) ?? facts.startTicks) === facts.startTicks) {
        found.set(pid, facts);
        queue.push(...childrenOf(pid));
      }
    }
    return this.#remember([...found.values()]);
  }

  /** The members that live, by a look at every process of the machine. */
  members(): ProcessFacts[] {
    const found = this.#scan();
    // A member that forks and ends between two readings of one look can hide its child from that look, hardly from two.
    return found.length > 0 ? found : this.#scan();
  }

  #scan(): ProcessFacts[] {
    const candidates = allProcesses().filter(
      ({ state, startTicks }) => state !== "Z" && state !== "X" && startTicks >= this.#since,
    );
    const found = new Map<number, ProcessFacts>();
    for (const facts of candidates) {
      if (this.#belongs(facts)) {
        found.set(facts.pid, facts);
      }
    }
    // Children may stand before their parents, since process ids wrap around.
    for (let before = -1; before !== found.size;) {
      before = found.size;
      for (const facts of candidates) {
        if (found.has(facts.parent)) {
          found.set(facts.pid, facts);
        }
      }
    }
    return this.#remember([...found.values()]);
  }

  /** Ends every member: asks, waits for the grace, kills. Returns when none is left. */
  async end({ graceMs }: { readonly graceMs: number }): Promise<void> {
    let left = this.members();
    send(left, "SIGTERM");
    send(left, "SIGCONT");
    for (let waited = 0; left.length > 0 && waited < graceMs; waited += POLL_MS) {
      await sleep(POLL_MS);
      left = this.members();
    }
    for (let round = 0; left.length > 0; round += 1) {
      if (round === KILL_ROUNDS) {
        const pids = left.map(({ pid }) => pid).join(", ");
        throw new Error(`processes ${pids} did not end when they were killed`);
      }
      send(this.#frozen(), "SIGKILL");
      await sleep(POLL_MS / 2);
      left = this.members();
    }
    // Where there is no /proc, the group is all that can be reached.
    signalGroup(this.#root, "SIGKILL", { unlessSeen: this.#seen });
  }

  /** Kills every member that is found now, without waiting: for a process that is about to end itself. */
  kill(): void {
    send(this.#frozen(), "SIGKILL");
  }

  /** Stops members until no further one appears, so that none can fork while it is killed. */
  #frozen(): ProcessFacts[] {
    let known = -1;
    let members = this.members();
    for (let pass = 0; pass < FREEZE_PASSES && members.length !== known; pass += 1) {
      known = members.length;
      send(members, "SIGSTOP");
      members = this.members();
    }
    return members;
  }

  #belongs({ pid, group, session, startTicks }: ProcessFacts): boolean {
    if (group === this.#root || session === this.#root || this.#seen.get(pid) === startTicks) {
      return true;
    }
    const mark = initialVariable(pid, MARK_VARIABLE);
    return mark === undefined ? fileSizeLimit(pid) === this.#fileBytes : mark === this.#mark;
  }

  #remember(members: ProcessFacts[]): ProcessFacts[] {
    for (const { pid, startTicks } of members) {
      this.#seen.set(pid, startTicks);
    }
    return members;
  }
}

function send(members: readonly ProcessFacts[], signal: NodeJS.Signals): void {
  for (const { pid } of members) {
    try {
      process.kill(pid, signal);
    } catch {
      // It ended by itself, or is not ours to signal; who looks again will see.
    }
  }
}

function signalGroup(
  root: number,
  signal: NodeJS.Signals,
  { unlessSeen }: { readonly unlessSeen: ReadonlyMap<number, number> },
): void {
  if (unlessSeen.size === 0) {
    try {
      process.kill(-root, signal);
    } catch {
      // The group is gone.
    }
  }
}
