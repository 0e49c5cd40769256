import type { Refusal } from "./append.ts";
import type { Assignment, Holding } from "./assignment.ts";
import type { Message } from "./message.ts";

/** What a link says to its executor in one frame. */
export type LinkFrame = {
  readonly assigns: readonly Assignment[];
  readonly ackHandles: readonly number[];
  readonly ackSeqs: readonly number[];
  readonly refusals: readonly LinkRefusal[];
  readonly revoked: readonly Holding[];
  readonly deliveries: readonly { readonly handle: number; readonly messages: readonly Message[] }[];
  readonly draining: boolean;
};

/** An append that was not committed. */
export type LinkRefusal = {
  readonly handle: number;
  readonly fromSeq: number;
  readonly verdict: Refusal;
  readonly lastSeq: number;
  readonly inboxSeq: number;
};

/**
 * Collects what a link has to say, and says it once in a turn of the event loop. Messages leave before refusals: who
 * is told that the inbox is ahead has been given what is in it.
 */
export class LinkVoice {
  readonly #send: (frame: LinkFrame) => void;
  #assigns: Assignment[] = [];
  #ackHandles: number[] = [];
  #ackSeqs: number[] = [];
  #refusals: LinkRefusal[] = [];
  #revoked: Holding[] = [];
  #deliveries: { readonly handle: number; readonly messages: readonly Message[] }[] = [];
  #draining = false;
  #armed = false;

  constructor(send: (frame: LinkFrame) => void) {
    this.#send = send;
  }

  assign(assignment: Assignment): void {
    this.#assigns.push(assignment);
    this.#arm();
  }

  ack(handle: number, seq: number): void {
    this.#ackHandles.push(handle);
    this.#ackSeqs.push(seq);
    this.#arm();
  }

  refuse(refusal: LinkRefusal): void {
    this.#refusals.push(refusal);
    this.#arm();
  }

  revoke(holding: Holding): void {
    this.#revoked.push(holding);
    this.#arm();
  }

  deliver(handle: number, messages: readonly Message[]): void {
    this.#deliveries.push({ handle, messages });
    this.#arm();
  }

  drain(): void {
    this.#draining = true;
    this.#arm();
  }

  #arm(): void {
    if (!this.#armed) {
      this.#armed = true;
      setImmediate(() => this.#flush());
    }
  }

  #flush(): void {
    this.#armed = false;
    if (this.#deliveries.length > 0) {
      this.#send({ ...NOTHING, deliveries: this.#deliveries });
      this.#deliveries = [];
    }
    const frame = {
      ...NOTHING,
      assigns: this.#assigns,
      ackHandles: this.#ackHandles,
      ackSeqs: this.#ackSeqs,
      refusals: this.#refusals,
      revoked: this.#revoked,
      draining: this.#draining,
    };
    this.#assigns = [];
    this.#ackHandles = [];
    this.#ackSeqs = [];
    this.#refusals = [];
    this.#revoked = [];
    this.#draining = false;
    if (says(frame)) this.#send(frame);
  }
}

const NOTHING: LinkFrame = {
  assigns: [],
  ackHandles: [],
  ackSeqs: [],
  refusals: [],
  revoked: [],
  deliveries: [],
  draining: false,
};

function says({ assigns, ackHandles, refusals, revoked, draining }: LinkFrame): boolean {
  return (
    draining || assigns.length + ackHandles.length + refusals.length + revoked.length > 0
  );
}
