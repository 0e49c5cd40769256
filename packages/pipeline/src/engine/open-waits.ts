import type { RunEvent } from "../events.ts";
import { schemaProblem } from "../render/schema-problem.ts";
import type { KeptSignal, Wait, WaitEnd } from "../wait/wait.ts";
import { idOf, type Instance } from "./frame.ts";
import { Heap } from "./heap.ts";
import type { RunState } from "./run-state.ts";

/** What is to be done about a wait. */
export type WaitCommand =
  | { readonly kind: "record"; readonly event: RunEvent }
  /** Its time has passed: put that into the inbox, where the first message for a wait counts (L150). */
  | { readonly kind: "expire"; readonly instance: Instance };

/** The instances of a run that wait for a person, a time or a signal (§13): when they are over, and by what. */
export class OpenWaits {
  readonly #state: RunState;
  readonly #open = new Set<Instance>();
  /** By when they expire; ended ones leave it when their time comes. */
  readonly #due = new Heap<Instance>();
  /** Those whose expiry was put into the inbox by this holder, and has not come out of it. */
  readonly #expiring = new Set<Instance>();
  /** A message came, or a wait, since the waits were looked through last. */
  #isStale = false;

  constructor(state: RunState) {
    this.#state = state;
  }

  get size(): number {
    return this.#open.size;
  }

  /** What was put into the inbox is on its way back. */
  get isExpiring(): boolean {
    return this.#expiring.size > 0;
  }

  /** When the next one expires, milliseconds since 1970. */
  get dueAtMs(): number {
    for (;;) {
      const { first, firstKey } = this.#due;
      if (first === undefined || firstKey === undefined) {
        return Infinity;
      }
      if (openWaitOf(first)?.expiresAtMs === firstKey && !this.#expiring.has(first)) {
        return firstKey;
      }
      this.#due.pop();
    }
  }

  add(instance: Instance): void {
    const wait = openWaitOf(instance);
    if (wait !== undefined) {
      this.#open.add(instance);
      this.#due.push(instance, wait.expiresAtMs);
      this.#isStale = true;
    }
  }

  /** An event was applied. */
  recorded({ kind }: RunEvent, instance: Instance | undefined): void {
    if (kind === "message_received") {
      this.#isStale = true;
    } else if (kind === "wait_answered" && instance !== undefined) {
      this.#open.delete(instance);
      this.#expiring.delete(instance);
    }
  }

  /** Ends what is over. */
  commands(nowMs: number): WaitCommand[] {
    const commands: WaitCommand[] = [];
    const atMs = Math.floor(nowMs);
    if (this.#isStale) {
      this.#isStale = false;
      const taken = new Set<KeptSignal>();
      for (const instance of this.#open) {
        const end = instance.record.wait?.reply ?? this.#signalFor(instance, taken);
        if (end !== undefined) {
          commands.push(answered(instance, { end, atMs }));
        }
      }
    }
    if (commands.length > 0) {
      return commands;
    }
    while (this.dueAtMs <= nowMs) {
      const instance = this.#due.pop();
      if (instance === undefined) {
        break;
      }
      if (instance.record.wait?.wait.kind === "sleep") {
        commands.push(answered(instance, { end: { how: "elapsed" }, atMs }));
      } else {
        this.#expiring.add(instance);
        commands.push({ kind: "expire", instance });
      }
    }
    return commands;
  }

  /** Ends every wait, since the run does; with what follows for each. */
  withdraw(nowMs: number, follow: (instance: Instance) => RunEvent): WaitCommand[] {
    const atMs = Math.floor(nowMs);
    return [...this.#open].flatMap((instance) => [
      answered(instance, { end: { how: "withdrawn" }, atMs }),
      { kind: "record", event: follow(instance) },
    ]);
  }

  /** L157: in the order in which they were sent; one that does not fit is kept for a wait that it fits. */
  #signalFor({ record }: Instance, taken: Set<KeptSignal>): WaitEnd | undefined {
    const { kind, signal, schema = null } = record.wait?.wait ?? {};
    if (kind !== "signal") {
      return undefined;
    }
    const found = this.#state.signals.find(
      (kept) =>
        kept.name === signal &&
        !taken.has(kept) &&
        (schema === null || schemaProblem(schema, kept.answer) === undefined),
    );
    if (found === undefined) {
      return undefined;
    }
    taken.add(found);
    const { name: _, ...end } = found;
    return { how: "signal", ...end };
  }
}

/** The wait that an instance is in. */
function openWaitOf({ record: { status, wait } }: Instance): Wait | undefined {
  return status === "waiting" && wait?.end === undefined ? wait?.wait : undefined;
}

function answered(
  instance: Instance,
  { end, atMs }: { readonly end: WaitEnd; readonly atMs: number },
): WaitCommand {
  const { attempts: attempt } = instance.record;
  const event = { kind: "wait_answered", step: idOf(instance), attempt, atMs, end } as const;
  return { kind: "record", event };
}
