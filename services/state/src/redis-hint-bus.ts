import type { Wakeups } from "@orchestrator/redis";

import type { HintBus } from "./hints.ts";

const CHANNEL = "state";

/** Hints by Redis. */
export class RedisHintBus implements HintBus {
  readonly #wakeups: Wakeups;
  #listening: AsyncDisposable | undefined;

  constructor(wakeups: Wakeups) {
    this.#wakeups = wakeups;
  }

  async send(payload: string): Promise<void> {
    this.#wakeups.publish(CHANNEL, payload);
  }

  async listen(onPayload: (payload: string) => void): Promise<void> {
    this.#listening = await this.#wakeups.subscribe(CHANNEL, onPayload);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#listening?.[Symbol.asyncDispose]();
  }
}
