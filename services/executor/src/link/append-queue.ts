import type { Append, OutgoingEvent } from "../run-channel.ts";
import { type AppendId, digestsOf } from "./digest.ts";

/** Several appends of one run as one: what is sent, and sent again unchanged until it is answered. */
export type SealedAppend = Append & {
  /** The head that it extends (I3). */
  readonly fromSeq: number;
  readonly digests: Uint8Array;
  /** The appends that it was made of. */
  readonly parts: readonly Append[];
};

/** Payload bytes beyond which no further append is sealed in with others. */
const MAX_SEALED_BYTES = 1 << 20;

/**
 * The appends of one held run on their way: at most one sealed one is under way, and what comes meanwhile is sealed
 * together when that one is committed. A sealed append never changes, so that sending it again is recognised.
 */
export class AppendQueue {
  readonly #newAppendId: () => AppendId;
  #waiting: Append[] = [];
  #underWay: SealedAppend | undefined;
  #lastSeq: number;

  constructor(lastSeq: number, newAppendId: () => AppendId) {
    this.#lastSeq = lastSeq;
    this.#newAppendId = newAppendId;
  }

  /** Head of the run, as far as it is known to be committed. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** What was sent, or has to be sent again, and is not answered yet. */
  get underWay(): SealedAppend | undefined {
    return this.#underWay;
  }

  get isEmpty(): boolean {
    return this.#underWay === undefined && this.#waiting.length === 0;
  }

  /** Something waits, and nothing is under way. */
  get canSeal(): boolean {
    return this.#underWay === undefined && this.#waiting.length > 0;
  }

  push(append: Append): void {
    this.#waiting.push(append);
  }

  /** Seal what waits, unless something is under way or nothing waits. */
  seal(): SealedAppend | undefined {
    if (!this.canSeal) {
      return undefined;
    }
    const parts = takeWithinBytes(this.#waiting);
    this.#waiting = this.#waiting.slice(parts.length);
    this.#underWay = sealed(parts, { fromSeq: this.#lastSeq, appendId: this.#newAppendId() });
    return this.#underWay;
  }

  /** The one under way is committed; answers with the state after it, or undefined when the answer is not news. */
  committed(seq: number): SealedAppend | undefined {
    const done = this.#underWay;
    if (done === undefined || seq !== done.fromSeq + done.events.length) {
      return undefined;
    }
    this.#underWay = undefined;
    this.#lastSeq = seq;
    return done;
  }

  /**
   * The one under way was refused because messages came before its last part would end or suspend the run. That part is
   * dropped; those before it are sealed anew.
   */
  inboxAhead(): void {
    const refused = this.#underWay;
    if (refused !== undefined) {
      this.#underWay = undefined;
      this.#waiting = [...refused.parts.slice(0, -1), ...this.#waiting];
    }
  }
}

function takeWithinBytes(waiting: readonly Append[]): readonly Append[] {
  if (waiting.length === 1) {
    return waiting;
  }
  let bytes = 0;
  const taken = waiting.findIndex((append) => {
    bytes += append.events.reduce((sum, { payload }) => sum + payload.length, 0);
    return bytes > MAX_SEALED_BYTES;
  });
  return taken === -1 ? waiting : waiting.slice(0, Math.max(taken, 1));
}

function sealed(
  parts: readonly Append[],
  { fromSeq, appendId }: { fromSeq: number; appendId: AppendId },
): SealedAppend {
  const last = parts[parts.length - 1];
  if (last === undefined) {
    throw new Error("nothing to seal");
  }
  const events: readonly OutgoingEvent[] =
    parts.length === 1 ? last.events : parts.flatMap((part) => part.events);
  return { ...last, events, parts, fromSeq, digests: digestsOf(events, { appendId, fromSeq }) };
}
