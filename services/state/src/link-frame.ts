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
  readonly deliveries: readonly {
    readonly handle: number;
    readonly messages: readonly Message[];
  }[];
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

  /** Assignments with large payloads go out in frames of their own. */
  #splitAssigns(): void {
    let bytes = 0;
    let first = 0;
    for (const [index, { createdPayload }] of this.#assigns.entries()) {
      bytes += createdPayload?.length ?? 0;
      if (bytes > MAX_ASSIGN_BYTES && index > first) {
        this.#send({ ...NOTHING, assigns: this.#assigns.slice(first, index) });
        first = index;
        bytes = createdPayload?.length ?? 0;
      }
    }
    if (first > 0) this.#assigns = this.#assigns.slice(first);
  }

  #arm(): void {
    if (!this.#armed) {
      this.#armed = true;
      setImmediate(() => this.#flush());
    }
  }

  #flush(): void {
    this.#armed = false;
    this.#splitAssigns();
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

/** Payload of the assignments in one frame; a message of the mesh carries no more than a few of these. */
const MAX_ASSIGN_BYTES = 2 << 20;

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
  return draining || assigns.length + ackHandles.length + refusals.length + revoked.length > 0;
}
