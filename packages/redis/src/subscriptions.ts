/** Who listens to which channel. */
export class Subscriptions {
  readonly #byChannel = new Map<string, Set<(payload: string) => void>>();
  readonly #onError: (error: unknown) => void;

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  get channels(): readonly string[] {
    return [...this.#byChannel.keys()];
  }

  /** Adds one; `remove` says whether it was the last of its channel. */
  add(channel: string, onPayload: (payload: string) => void): { readonly remove: () => boolean } {
    const callbacks = this.#byChannel.get(channel) ?? new Set();
    this.#byChannel.set(channel, callbacks);
    // One subscription each, though the same function is handed over twice.
    const callback = (payload: string) => onPayload(payload);
    callbacks.add(callback);
    return {
      remove: () => {
        if (!callbacks.delete(callback) || callbacks.size > 0) return false;
        this.#byChannel.delete(channel);
        return true;
      },
    };
  }

  /** Calls all of a channel; one that throws keeps the hint from no other. */
  deliver(channel: string, payload: string): void {
    for (const callback of this.#byChannel.get(channel) ?? []) {
      try {
        callback(payload);
      } catch (error) {
        this.#onError(error);
      }
    }
  }
}
