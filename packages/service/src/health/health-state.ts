import { setTimeout as sleep } from "node:timers/promises";

import type { Component } from "./component.ts";

/** What was last seen of a component. */
export type ComponentStatus =
  | { readonly status: "unknown" }
  | { readonly status: "healthy" }
  | { readonly status: "unhealthy"; readonly error: string };

/** How a service is, all in all: `degraded` works without something optional. */
export type Condition = "healthy" | "degraded" | "unhealthy";

const CHECK_LIMIT_MS = 2_000;

/** What a service knows of its components, and who waits for changes of it. */
export class HealthState {
  readonly #components: readonly Component[];
  readonly #statuses: Map<string, ComponentStatus>;
  readonly #listeners = new Set<() => void>();
  #draining = false;

  constructor(components: readonly Component[]) {
    this.#components = components;
    this.#statuses = new Map(components.map(({ name }) => [name, { status: "unknown" }]));
  }

  /** Look at every component now. */
  async refresh(signal?: AbortSignal): Promise<void> {
    const before = this.condition;
    await Promise.all(
      this.#components.map(async ({ name, check }) => {
        this.#statuses.set(name, await statusOf(check, signal));
      }),
    );
    if (this.condition !== before) {
      this.#tell();
    }
  }

  get condition(): Condition {
    const failing = this.#components.filter(
      ({ name }) => this.#statuses.get(name)?.status !== "healthy",
    );
    if (failing.some(({ required }) => required)) {
      return "unhealthy";
    }
    return failing.length > 0 ? "degraded" : "healthy";
  }

  get components(): ReadonlyMap<string, ComponentStatus> {
    return this.#statuses;
  }

  /** Whether calls are welcome. */
  get isServing(): boolean {
    return !this.#draining && this.condition !== "unhealthy";
  }

  /** Be not serving from now on, whatever the components say. */
  drain(): void {
    if (!this.#draining) {
      this.#draining = true;
      this.#tell();
    }
  }

  /** Resolves at the next change, or when the signal aborts. */
  changed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#listeners.delete(done);
        signal.removeEventListener("abort", done);
        resolve();
      };
      this.#listeners.add(done);
      signal.addEventListener("abort", done, { once: true });
      if (signal.aborted) {
        done();
      }
    });
  }

  #tell(): void {
    for (const listener of this.#listeners) {
      listener();
    }
  }
}

/** A check that does not answer in time fails. */
async function statusOf(
  check: Component["check"],
  signal: AbortSignal | undefined,
): Promise<ComponentStatus> {
  const limit = new AbortController();
  const stop = (): void => limit.abort();
  signal?.addEventListener("abort", stop, { once: true });
  try {
    await Promise.race([check(limit.signal), tooLate(limit.signal)]);
    return { status: "healthy" };
  } catch (error) {
    return { status: "unhealthy", error: error instanceof Error ? error.message : String(error) };
  } finally {
    stop();
    signal?.removeEventListener("abort", stop);
  }
}

async function tooLate(signal: AbortSignal): Promise<never> {
  await sleep(CHECK_LIMIT_MS, undefined, { signal });
  throw new Error(`did not answer within ${CHECK_LIMIT_MS} ms`);
}
