import { setTimeout as sleep } from "node:timers/promises";

import type { Client } from "pg";

import { quoteIdentifier } from "./identifier.ts";
import { connectTo } from "./pg-lane.ts";
import type { SessionLimits } from "./pg-session.ts";
import type { PrimaryPicker } from "./primary-picker.ts";

/** What a listener needs of its database. */
export type PgListenerOptions = {
  readonly picker: PrimaryPicker;
  readonly limits: SessionLimits;
  readonly onError: (error: unknown) => void;
  readonly random: () => number;
};

/** One connection that hears the notifications of all channels; while it is lost, so are they. */
export class PgListener {
  readonly #options: PgListenerOptions;
  readonly #listeners = new Map<string, Set<(payload: string) => void>>();
  readonly #closing = new AbortController();
  #client: Client | undefined;
  #running: Promise<void> | undefined;
  #firstTry: Promise<void> | undefined;

  constructor(options: PgListenerOptions) {
    this.#options = options;
  }

  /** Resolves when the channel is heard, or when the first try has failed; then it goes on trying. */
  async listen(channel: string, onPayload: (payload: string) => void): Promise<AsyncDisposable> {
    const listeners = this.#listeners.get(channel) ?? new Set();
    this.#listeners.set(channel, listeners);
    // One subscription each, though the same function is handed over twice.
    const callback = (payload: string) => onPayload(payload);
    listeners.add(callback);
    this.#firstTry ??= new Promise((resolve) => {
      this.#running = this.#run(resolve);
    });
    await this.#firstTry;
    await this.#tell("listen", channel);
    return {
      [Symbol.asyncDispose]: async () => {
        listeners.delete(callback);
        if (listeners.size === 0 && this.#listeners.get(channel) === listeners) {
          this.#listeners.delete(channel);
          await this.#tell("unlisten", channel);
        }
      },
    };
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
  }

  async #run(tried: () => void): Promise<void> {
    const { signal } = this.#closing;
    let failures = 0;
    while (!signal.aborted) {
      try {
        await using connection = await this.#connect();
        failures = 0;
        tried();
        await this.#watch(connection.client);
      } catch (error) {
        if (!signal.aborted) this.#options.onError(error);
        failures += 1;
        tried();
      }
      await pause(pauseMs(failures, this.#options.random), signal);
    }
  }

  async #connect(): Promise<AsyncDisposable & { readonly client: Client }> {
    const { picker, limits } = this.#options;
    const client = await connectTo(await picker.pick(), { picker, limits });
    client.on("notification", ({ channel, payload = "" }) => {
      for (const onPayload of this.#listeners.get(channel) ?? []) onPayload(payload);
    });
    this.#client = client;
    for (const channel of this.#listeners.keys()) {
      await this.#tell("listen", channel);
    }
    return {
      client,
      [Symbol.asyncDispose]: async () => {
        this.#client = undefined;
        await client.end();
      },
    };
  }

  /** Returns when the connection has ended or the listener closes; throws when the server no longer answers. */
  async #watch(client: Client): Promise<void> {
    const ended = new AbortController();
    client.once("end", () => ended.abort());
    const over = AbortSignal.any([ended.signal, this.#closing.signal]);
    for (;;) {
      await pause(PROBE_MS, over);
      if (this.#closing.signal.aborted) return;
      if (ended.signal.aborted) throw new Error("Connection terminated: notifications are lost");
      await client.query("select 1");
    }
  }

  /** A connection that fails here is opened again by the loop, which then tells it all channels. */
  async #tell(verb: "listen" | "unlisten", channel: string): Promise<void> {
    try {
      await this.#client?.query(`${verb} ${quoteIdentifier(channel)}`);
    } catch (error) {
      this.#options.onError(error);
      await this.#client?.end();
    }
  }
}

/** A connection on which nothing comes looks like one that was cut; so it is asked. */
const PROBE_MS = 15_000;
const FIRST_PAUSE_MS = 50;
const MAX_PAUSE_MS = 5_000;

function pauseMs(failures: number, random: () => number): number {
  return (
    Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures, 10)) * (0.5 + random() / 2)
  );
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch {
    // Woken early; the caller looks why.
  }
}
