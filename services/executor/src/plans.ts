import { type LoadedPlan, openPlan, planFromJson } from "@orchestrator/pipeline";

import { LastingError } from "./retrying.ts";
import type { AssignedRun, RunStore } from "./run-channel.ts";

/** Plans kept in memory; the least recently used one goes first, and is read again when it is needed. */
const MAX_PLANS = 512;

/** Plans by the document and version that runs are bound to (L18). */
export class Plans {
  readonly #store: RunStore;
  readonly #known = new Map<string, LoadedPlan>();
  /** Being read: runs that come meanwhile wait for the same answer. */
  readonly #pending = new Map<string, Promise<LoadedPlan>>();

  constructor(store: RunStore) {
    this.#store = store;
  }

  /** The plan, when it is in memory. */
  known(run: AssignedRun): LoadedPlan | undefined {
    const key = keyOf(run);
    const plan = this.#known.get(key);
    if (plan !== undefined && this.#known.size > MAX_PLANS / 2) {
      this.#known.delete(key);
      this.#known.set(key, plan);
    }
    return plan;
  }

  async load(run: AssignedRun, signal: AbortSignal): Promise<LoadedPlan> {
    const key = keyOf(run);
    const pending = this.#pending.get(key) ?? this.#read(run, { key, signal });
    this.#pending.set(key, pending);
    try {
      return await pending;
    } finally {
      this.#pending.delete(key);
    }
  }

  async #read(
    run: AssignedRun,
    { key, signal }: { key: string; signal: AbortSignal },
  ): Promise<LoadedPlan> {
    const bytes = await this.#store.plan(run, signal);
    const plan = planFrom(bytes);
    this.#known.set(key, plan);
    const [oldest] = this.#known.keys();
    if (this.#known.size > MAX_PLANS && oldest !== undefined) {
      this.#known.delete(oldest);
    }
    return plan;
  }
}

function keyOf({ namespace, documentHash, planVersion }: AssignedRun): string {
  const hash = Buffer.from(documentHash.buffer, documentHash.byteOffset, documentHash.byteLength);
  return `${planVersion}/${hash.toString("latin1")}/${namespace}`;
}

function planFrom(bytes: Uint8Array): LoadedPlan {
  try {
    return openPlan(planFromJson(JSON.parse(Buffer.from(bytes).toString("utf8"))));
  } catch (cause) {
    throw new LastingError("the plan cannot be read", { cause });
  }
}
