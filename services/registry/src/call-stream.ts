import { failure, type Failure, type ModelCall, type Answer, type Outcome } from "./call.ts";
import type { Flights, Seat } from "./flights.ts";
import { LIMITS } from "./limits.ts";

/** What a caller says in one frame, in domain terms. */
export type FrameIn = {
  readonly calls: readonly {
    readonly key: number;
    /** Or what is wrong with the call. */
    readonly call: ModelCall | Failure;
  }[];
  readonly cancelled: readonly number[];
  readonly windows: readonly { readonly key: number; readonly bytes: number }[];
};

/** What a caller is told in one frame. */
export type FrameOut = {
  readonly deltas: readonly { readonly key: number; readonly text: string }[];
  readonly answers: readonly { readonly key: number; readonly answer: Answer }[];
  readonly failures: readonly { readonly key: number; readonly failure: Failure }[];
};

/** Thrown when a caller names two calls alike. */
export class KeyReused extends Error {
  override name = "KeyReused";
  readonly key: number;

  constructor(key: number) {
    super(`call ${key} is open on this stream already`);
    this.key = key;
  }
}

type Open = {
  seat: Seat;
  readonly stream: boolean;
  /** UTF-16 units of the text that were sent. */
  sent: number;
  /** Bytes that may still be sent. */
  window: number;
};

/**
 * The calls of one stream: one frame out for each turn of the event loop, and while the reader is slow what comes
 * meanwhile gathers for the next.
 *
 * Parts of a streamed answer are cut from the one text that the call gathers anyway, by the window that the caller
 * granted, so that a slow caller costs no memory and delays nobody; the whole answer follows without a window.
 */
export class CallStream {
  readonly #flights: Flights;
  readonly #open = new Map<number, Open>();
  readonly #fresh = new Set<number>();
  readonly #ended: { readonly key: number; readonly outcome: Outcome }[] = [];
  #wake: (() => void) | undefined;
  #finished = false;
  #left = false;

  constructor(flights: Flights) {
    this.#flights = flights;
  }

  /** Takes what one frame says; nothing of what comes after the caller has left. Throws KeyReused. */
  accept({ calls, cancelled, windows }: FrameIn): void {
    if (this.#left) return;
    for (const { key, call } of calls) this.#begin(key, call);
    for (const { key, bytes } of windows) this.#widen(key, bytes);
    for (const key of cancelled) this.#cancel(key);
  }

  /** No more frames come in: the stream ends when every open call has ended. */
  finish(): void {
    this.#finished = true;
    this.#ring();
  }

  /** The caller is gone. His calls go on and are recorded, since he may ask for them again (I11). */
  leave(): void {
    this.#left = true;
    for (const { seat } of this.#open.values()) seat.leave();
    this.#open.clear();
    this.finish();
  }

  async *frames(): AsyncGenerator<FrameOut> {
    // What is left unsaid when the caller has gone, or is sent away, he hears when he asks again.
    while (!this.#left) {
      const frame = this.#takeFrame();
      if (frame !== undefined) {
        yield frame;
      } else if (this.#finished && this.#open.size === 0) {
        return;
      } else {
        await this.#news();
      }
    }
  }

  #begin(key: number, call: ModelCall | Failure): void {
    if (this.#open.has(key)) throw new KeyReused(key);
    if ("kind" in call) {
      this.#end(key, call);
      return;
    }
    if (this.#open.size >= LIMITS.callsPerStream) {
      const message = "too many calls wait on this stream; try again";
      this.#end(key, failure("RATE_LIMITED", message, { retryAfterMs: 1_000 }));
      return;
    }
    const open: Open = { seat: WAITING, stream: call.stream, sent: 0, window: 0 };
    this.#open.set(key, open);
    open.seat = this.#flights.board(call, {
      onText: () => this.#freshen(key, open),
      onEnd: (outcome) => {
        if (this.#open.get(key) !== open) return;
        this.#open.delete(key);
        this.#end(key, outcome);
      },
    });
  }

  #end(key: number, outcome: Outcome): void {
    this.#ended.push({ key, outcome });
    this.#ring();
  }

  #widen(key: number, bytes: number): void {
    const open = this.#open.get(key);
    if (open === undefined) return;
    open.window = Math.min(open.window + bytes, LIMITS.answerBytes);
    this.#freshen(key, open);
  }

  #cancel(key: number): void {
    const open = this.#open.get(key);
    if (open === undefined) return;
    this.#open.delete(key);
    open.seat.cancel();
    this.#end(key, failure("CANCELLED", "the call was cancelled", { inDoubt: true }));
  }

  #freshen(key: number, open: Open): void {
    if (!open.stream || open.window <= 0) return;
    this.#fresh.add(key);
    this.#ring();
  }

  #ring(): void {
    this.#wake?.();
    this.#wake = undefined;
  }

  /** Waits for news, then for the end of this turn of the event loop, which may bring more. */
  async #news(): Promise<void> {
    if (this.#ended.length === 0 && this.#fresh.size === 0 && !this.#isOver()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    await new Promise((resolve) => setImmediate(resolve));
  }

  #isOver(): boolean {
    return this.#finished && this.#open.size === 0;
  }

  #takeFrame(): FrameOut | undefined {
    const room = { bytes: LIMITS.frameBytes };
    const deltas = this.#takeDeltas(room);
    const answers: { key: number; answer: Answer }[] = [];
    const failures: { key: number; failure: Failure }[] = [];
    let taken = 0;
    for (const { key, outcome } of this.#ended) {
      if (room.bytes <= 0) break;
      taken++;
      if (outcome.kind === "answer") {
        room.bytes -= outcome.text.length;
        answers.push({ key, answer: outcome });
      } else {
        failures.push({ key, failure: outcome });
      }
    }
    this.#ended.splice(0, taken);
    const isEmpty = deltas.length + answers.length + failures.length === 0;
    return isEmpty ? undefined : { deltas, answers, failures };
  }

  #takeDeltas(room: { bytes: number }): FrameOut["deltas"] {
    const deltas: { key: number; text: string }[] = [];
    for (const key of this.#fresh) {
      if (room.bytes <= 0) break;
      this.#fresh.delete(key);
      const open = this.#open.get(key);
      // A call that has ended is told whole in this frame or the next.
      if (open === undefined) continue;
      const most = Math.min(open.window, room.bytes);
      const { text, bytes } = cutToBytes(open.seat.text(), open.sent, most);
      if (bytes === 0) continue;
      open.sent += text.length;
      open.window -= bytes;
      room.bytes -= bytes;
      open.seat.shown();
      deltas.push({ key, text });
    }
    return deltas;
  }
}

const WAITING: Seat = {
  text: () => "",
  shown: () => undefined,
  cancel: () => undefined,
  leave: () => undefined,
};

/** As much of a text from a place on as fits into so many bytes of UTF-8; whole characters only. */
function cutToBytes(
  whole: string,
  from: number,
  maxBytes: number,
): { readonly text: string; readonly bytes: number } {
  let at = from;
  let bytes = 0;
  while (at < whole.length) {
    const code = whole.codePointAt(at) ?? 0;
    const units = code > 0xff_ff ? 2 : 1;
    // The first half of a character, whose second half has not come yet.
    if (units === 1 && isFirstHalf(code) && at + 1 === whole.length) break;
    const width = widthOf(code);
    if (bytes + width > maxBytes) break;
    bytes += width;
    at += units;
  }
  return { text: whole.slice(from, at), bytes };
}

function isFirstHalf(code: number): boolean {
  return code >= 0xd8_00 && code <= 0xdb_ff;
}

function widthOf(code: number): number {
  if (code < 0x80) return 1;
  if (code < 0x8_00) return 2;
  return code < 0x1_00_00 ? 3 : 4;
}
