import type { Append, OutgoingEvent, RunChannel } from "./run-channel.ts";

/** Payload bytes above which a payload is stored as a blob, and the log names it. */
const MAX_PAYLOAD_BYTES = 8 * 1024;

/** Stores a payload; answers with the hash of its blob. */
export type PutPayload = (payload: Uint8Array) => Promise<Uint8Array>;

type Waiting = { append: Append; isReady: boolean };

/**
 * Appends on their way to the channel, in the order in which they were made: one whose payload is large waits until
 * that is stored, and those behind it wait with it.
 */
export class Outbox {
  readonly #channel: RunChannel;
  readonly #put: PutPayload;
  readonly #failed: (error: unknown) => void;
  readonly #waiting: Waiting[] = [];
  #isBroken = false;
  #abandoned = 0;

  constructor(
    channel: RunChannel,
    { put, failed }: { put: PutPayload; failed: (error: unknown) => void },
  ) {
    this.#channel = channel;
    this.#put = put;
    this.#failed = failed;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Events that will never be sent, since a payload could not be stored: theirs, or one before. */
  get abandoned(): number {
    return this.#abandoned;
  }

  push(append: Append): void {
    if (this.#isBroken) {
      this.#abandoned += append.events.length;
      return;
    }
    const isLarge = append.events.some(({ payload }) => payload.length > MAX_PAYLOAD_BYTES);
    if (!isLarge && this.isEmpty) {
      this.#channel.append(append);
      return;
    }
    const waiting = { append, isReady: !isLarge };
    this.#waiting.push(waiting);
    if (isLarge) {
      this.#store(waiting).catch((error: unknown) => {
        this.#abandonFrom(waiting);
        this.#failed(error);
      });
    }
  }

  /** Forgets what was not sent. */
  clear(): void {
    this.#waiting.length = 0;
  }

  /** What comes after an append cannot be sent without it. */
  #abandonFrom(waiting: Waiting): void {
    this.#isBroken = true;
    const at = this.#waiting.indexOf(waiting);
    for (const { append } of at === -1 ? [] : this.#waiting.splice(at)) {
      this.#abandoned += append.events.length;
    }
  }

  async #store(waiting: Waiting): Promise<void> {
    const events: OutgoingEvent[] = [];
    for (const event of waiting.append.events) {
      events.push(
        event.payload.length > MAX_PAYLOAD_BYTES
          ? { ...event, payload: NOTHING, blobHash: await this.#put(event.payload) }
          : event,
      );
    }
    waiting.append = { ...waiting.append, events };
    waiting.isReady = true;
    this.#flush();
  }

  #flush(): void {
    while (this.#waiting[0]?.isReady === true) {
      const next = this.#waiting.shift();
      if (next !== undefined) {
        this.#channel.append(next.append);
      }
    }
  }
}

const NOTHING = new Uint8Array();
