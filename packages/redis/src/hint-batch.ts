/** Hints of one channel and payload each. */
export type Hint = { readonly channel: string; readonly payload: string };

/** Collects hints for a moment, so that equal ones become one and the rest leave together. */
export class HintBatch {
  readonly #coalesceMs: number;
  readonly #send: (hints: readonly Hint[]) => void;
  readonly #hints = new Map<string, Hint>();
  #timer: NodeJS.Timeout | undefined;

  constructor(coalesceMs: number, send: (hints: readonly Hint[]) => void) {
    this.#coalesceMs = coalesceMs;
    this.#send = send;
  }

  /** False when there is no room (I10). */
  add(hint: Hint): boolean {
    const key = `${hint.channel.length}:${hint.channel}${hint.payload}`;
    if (this.#hints.has(key)) return true;
    if (this.#hints.size >= MAX_HINTS) return false;
    this.#hints.set(key, hint);
    this.#timer ??= setTimeout(() => this.flush(), this.#coalesceMs);
    return true;
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const hints = [...this.#hints.values()];
    this.#hints.clear();
    if (hints.length > 0) this.#send(hints);
  }
}

const MAX_HINTS = 10_000;
