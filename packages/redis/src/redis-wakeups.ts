import type { Redis } from "ioredis";

import { type Hint, HintBatch } from "./hint-batch.ts";
import { openConnection, untilTried } from "./redis-connection.ts";
import { Subscriptions } from "./subscriptions.ts";
import type { Wakeups } from "./wakeups.ts";

/** What hints through Redis need. */
export type RedisWakeupsOptions = {
  readonly url: string;
  readonly coalesceMs: number;
  readonly onError: (error: unknown) => void;
  readonly random: () => number;
};

/** Hints among all who use the same Redis. Nothing is kept for it while it is down, and nobody waits for it. */
export function openRedisWakeups(options: RedisWakeupsOptions): Wakeups {
  return new RedisWakeups(options);
}

class RedisWakeups implements Wakeups {
  readonly #publisher: Redis;
  /** A connection that listens can do nothing else. */
  readonly #subscriber: Redis;
  readonly #subscriptions: Subscriptions;
  readonly #batch: HintBatch;
  readonly #onError: (error: unknown) => void;
  readonly #probing: NodeJS.Timeout;
  #lost = 0;
  #open = true;

  constructor({ url, coalesceMs, onError, random }: RedisWakeupsOptions) {
    this.#onError = onError;
    this.#publisher = openConnection(url, { onError, random });
    this.#subscriber = openConnection(url, { onError, random });
    this.#subscriptions = new Subscriptions(onError);
    this.#batch = new HintBatch(coalesceMs, (hints) => this.#send(hints));
    this.#subscriber.on("message", (channel: string, payload: string) =>
      this.#subscriptions.deliver(channel, payload),
    );
    this.#subscriber.on("ready", () => {
      this.#subscribeTo(this.#subscriptions.channels).catch(onError);
    });
    this.#probing = setInterval(() => {
      this.#probe().catch(onError);
    }, PROBE_MS);
    this.#probing.unref();
  }

  get healthy(): boolean {
    return this.#publisher.status === "ready" && this.#subscriber.status === "ready";
  }

  get lost(): number {
    return this.#lost;
  }

  publish(channel: string, payload: string): void {
    if (!this.#open || !this.#batch.add({ channel, payload })) this.#lost += 1;
  }

  async subscribe(channel: string, onPayload: (payload: string) => void): Promise<AsyncDisposable> {
    const subscription = this.#subscriptions.add(channel, onPayload);
    await untilTried(this.#subscriber);
    await this.#subscribeTo([channel]);
    return {
      [Symbol.asyncDispose]: async () => {
        if (!subscription.remove() || this.#subscriber.status !== "ready") return;
        await this.#tolerate(this.#subscriber.unsubscribe(channel));
      },
    };
  }

  async ping(): Promise<void> {
    await untilTried(this.#publisher);
    await this.#publisher.ping();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    clearInterval(this.#probing);
    this.#batch.flush();
    if (this.#publisher.status === "ready") {
      // Comes after the hints that were just sent.
      await this.#tolerate(this.#publisher.quit());
    }
    this.#publisher.disconnect();
    this.#subscriber.disconnect();
  }

  #send(hints: readonly Hint[]): void {
    if (this.#publisher.status !== "ready") {
      this.#lost += hints.length;
      return;
    }
    const sent = hints.map(async ({ channel, payload }) => {
      try {
        await this.#publisher.publish(channel, payload);
      } catch (error) {
        this.#lost += 1;
        this.#onError(error);
      }
    });
    Promise.all(sent).catch(this.#onError);
  }

  /** Channels that cannot be told now are told when the connection is ready. */
  async #subscribeTo(channels: readonly string[]): Promise<void> {
    if (channels.length === 0 || this.#subscriber.status !== "ready") return;
    await this.#tolerate(this.#subscriber.subscribe(...channels));
  }

  /** A connection on which nothing comes looks like one that was cut; so it is asked. */
  async #probe(): Promise<void> {
    for (const redis of [this.#publisher, this.#subscriber]) {
      if (redis.status !== "ready") continue;
      try {
        await redis.ping();
      } catch (error) {
        this.#onError(error);
        redis.disconnect(true);
      }
    }
  }

  async #tolerate(command: Promise<unknown>): Promise<void> {
    try {
      await command;
    } catch (error) {
      this.#onError(error);
    }
  }
}

const PROBE_MS = 15_000;
