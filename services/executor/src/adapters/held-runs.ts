import { randomBytes } from "node:crypto";

import {
  type Assign,
  type Delivery,
  MessageKind,
  type Refusal,
  Verdict,
} from "@orchestrator/proto/state/v1/state_pb";

import { AppendQueue, type SealedAppend } from "../link/append-queue.ts";
import type { AppendId } from "../link/digest.ts";
import { type Holding, runKey } from "../link/held-run.ts";
import { HeldTable } from "../link/held-table.ts";
import type { Append, AssignedRun, RunChannel, RunHost, RunMessage } from "../run-channel.ts";
import type { LinkListener, LinkStream } from "./link-stream.ts";

/** How long an append waits that found no database. */
const UNAVAILABLE_RETRY_MS = 200;

export type HeldRunsOptions = {
  readonly host: RunHost;
  /** Called when a run came or went, so that credit can be spread anew. */
  readonly onChange: () => void;
};

/**
 * The runs of one session: which link carries each, and what of their appends is under way.
 *
 * A link that ends loses nothing: its runs are bound to another, and what was not answered is sent again unchanged.
 */
export class HeldRuns implements LinkListener {
  readonly #host: RunHost;
  readonly #onChange: () => void;
  /** By run: each is held under one epoch at most. */
  readonly #holdings = new Map<string, Holding<LinkStream>>();
  readonly #byHandle = new Map<LinkStream, Map<number, Holding<LinkStream>>>();
  readonly #table = new HeldTable();
  readonly #newAppendId = appendIds();
  #isDraining = false;

  constructor({ host, onChange }: HeldRunsOptions) {
    this.#host = host;
    this.#onChange = onChange;
  }

  /** Take nothing more: what is assigned all the same goes back at once. */
  drain(): void {
    this.#isDraining = true;
  }

  get table(): Pick<HeldTable, "count" | "hash"> {
    return this.#table;
  }

  list(): readonly AssignedRun[] {
    return [...this.#holdings.values()].map(({ assigned }) => assigned);
  }

  /** A link that may carry runs. */
  linkOpened(link: LinkStream): void {
    this.#byHandle.set(link, new Map());
    for (const holding of this.#holdings.values()) {
      if (holding.carrier === undefined) {
        this.#bind(holding, link);
      }
    }
  }

  /** Move what a link carries to others. */
  linkEnded(link: LinkStream): void {
    const carried = this.#byHandle.get(link) ?? new Map();
    this.#byHandle.delete(link);
    const others = [...this.#byHandle.keys()].filter((other) => other.carries);
    let turn = 0;
    for (const holding of carried.values()) {
      holding.carrier = undefined;
      const next = others[turn++ % Math.max(1, others.length)];
      if (next !== undefined) {
        this.#bind(holding, next);
      }
    }
  }

  /** The session is over: nothing is held any more. */
  lose(reason: string): void {
    for (const holding of this.#holdings.values()) {
      this.#drop(holding);
      holding.run?.lost(reason);
    }
  }

  assigned(link: LinkStream, assign: Assign): void {
    const other = this.#holdings.get(runKey(assign.runId));
    if (other?.assigned.epoch === assign.epoch) {
      this.#unbind(other);
      this.#bind(other, link);
      return;
    }
    if (this.#isDraining) {
      const { runId, epoch, lastSeq } = assign;
      link.release(link.bind({ runId, epoch, lastSeq }));
      return;
    }
    if (other !== undefined && other.assigned.epoch > assign.epoch) {
      // It came late: state has taken the run back meanwhile, and assigned it here again.
      this.#onChange();
      return;
    }
    if (other !== undefined) {
      this.#drop(other);
      other.run?.lost("the run is held under a new epoch");
    }
    const assigned = assignedRunFrom(assign);
    const holding: Holding<LinkStream> = {
      assigned,
      isHeld: true,
      queue: new AppendQueue(assign.lastSeq, this.#newAppendId),
      run: undefined,
      carrier: undefined,
      deliveredSeq: 0,
      aheadOf: undefined,
    };
    this.#holdings.set(runKey(assign.runId), holding);
    this.#table.add(assign.runId, assign.epoch);
    this.#bind(holding, link);
    holding.run = this.#host.take(assigned, this.#channelOf(holding));
  }

  delivered(link: LinkStream, { handle, messages }: Delivery): void {
    const holding = this.#byHandle.get(link)?.get(handle);
    for (const { inboxSeq, kind, payload } of messages) {
      if (holding !== undefined && inboxSeq > holding.deliveredSeq) {
        holding.deliveredSeq = inboxSeq;
        holding.run?.message(messageFrom({ inboxSeq, kind, payload }));
      }
    }
    if (holding?.aheadOf !== undefined && holding.deliveredSeq >= holding.aheadOf) {
      this.#inboxAhead(holding);
    }
  }

  committed(
    link: LinkStream,
    { handle, seq }: { readonly handle: number; readonly seq: number },
  ): void {
    const holding = this.#byHandle.get(link)?.get(handle);
    const done = holding?.queue.committed(seq);
    if (holding === undefined || done === undefined) {
      return;
    }
    if (done.stateAfter !== "running") {
      this.#drop(holding);
    }
    holding.run?.committed(seq);
    if (done.stateAfter === "running") {
      this.#send(holding);
    }
  }

  refused(link: LinkStream, refusal: Refusal): void {
    const holding = this.#byHandle.get(link)?.get(refusal.handle);
    if (holding === undefined || holding.queue.underWay?.fromSeq !== refusal.fromSeq) {
      return;
    }
    if (refusal.verdict === Verdict.INBOX_AHEAD) {
      holding.aheadOf = refusal.inboxSeq;
      if (holding.deliveredSeq >= refusal.inboxSeq) {
        this.#inboxAhead(holding);
      }
    } else if (refusal.verdict === Verdict.UNAVAILABLE) {
      setTimeout(() => this.#resend(holding), UNAVAILABLE_RETRY_MS);
    } else {
      this.#drop(holding);
      holding.run?.lost(`an append was refused with verdict ${refusal.verdict}`);
    }
  }

  revoked({ runId, epoch }: { readonly runId: Uint8Array; readonly epoch: number }): void {
    const holding = this.#holdings.get(runKey(runId));
    if (holding?.assigned.epoch === epoch) {
      this.#drop(holding);
      holding.run?.lost("state took the run back");
    }
  }

  draining(link: LinkStream): void {
    this.linkEnded(link);
    this.#byHandle.set(link, new Map());
  }

  #channelOf(holding: Holding<LinkStream>): RunChannel {
    return {
      append: (append: Append) => {
        if (holding.isHeld) {
          holding.queue.push(append);
          this.#send(holding);
        }
      },
      release: () => {
        if (holding.isHeld) {
          holding.carrier?.link.release(holding.carrier.handle);
          this.#drop(holding);
        }
      },
      giveUp: () => {
        if (holding.isHeld) {
          holding.carrier?.link.giveUp(holding.carrier.handle);
          this.#drop(holding);
        }
      },
    };
  }

  #send(holding: Holding<LinkStream>): void {
    const { carrier, queue } = holding;
    if (carrier !== undefined && holding.aheadOf === undefined && queue.canSeal) {
      carrier.link.appendLater(carrier.handle, () =>
        holding.carrier === carrier && holding.aheadOf === undefined ? queue.seal() : undefined,
      );
    }
  }

  #resend(holding: Holding<LinkStream>): void {
    const { underWay } = holding.queue;
    if (holding.isHeld && underWay !== undefined) {
      sendOver(holding, underWay);
    }
  }

  #inboxAhead(holding: Holding<LinkStream>): void {
    holding.aheadOf = undefined;
    holding.queue.inboxAhead();
    holding.run?.inboxAhead();
    this.#send(holding);
  }

  #bind(holding: Holding<LinkStream>, link: LinkStream): void {
    const { runId, epoch } = holding.assigned;
    const handle = link.bind({ runId, epoch, lastSeq: holding.queue.lastSeq });
    holding.carrier = { link, handle };
    holding.aheadOf = undefined;
    this.#byHandle.get(link)?.set(handle, holding);
    const { underWay } = holding.queue;
    if (underWay !== undefined) {
      sendOver(holding, underWay);
    } else {
      this.#send(holding);
    }
  }

  #unbind(holding: Holding<LinkStream>): void {
    const { carrier } = holding;
    if (carrier !== undefined) {
      this.#byHandle.get(carrier.link)?.delete(carrier.handle);
      holding.carrier = undefined;
    }
  }

  #drop(holding: Holding<LinkStream>): void {
    const { runId, epoch } = holding.assigned;
    this.#unbind(holding);
    if (holding.isHeld) {
      holding.isHeld = false;
      this.#holdings.delete(runKey(runId));
      this.#table.remove(runId, epoch);
      this.#onChange();
    }
  }
}

function sendOver({ carrier }: Holding<LinkStream>, append: SealedAppend): void {
  carrier?.link.append(carrier.handle, append);
}

function assignedRunFrom(assign: Assign): AssignedRun {
  return {
    runId: assign.runId,
    epoch: assign.epoch,
    lastSeq: assign.lastSeq,
    inboxSeq: assign.inboxSeq,
    namespace: assign.namespace,
    documentHash: assign.documentHash,
    planVersion: assign.planVersion,
    createdPayload: assign.lastSeq === 1 ? assign.createdPayload : undefined,
    createdAtUs: Number(assign.createdAtUs),
    traceparent: assign.traceparent,
    nowUs: Number(assign.nowUs),
  };
}

const MESSAGE_KINDS: ReadonlyMap<MessageKind, RunMessage["kind"]> = new Map<
  MessageKind,
  RunMessage["kind"]
>([
  [MessageKind.CANCEL, "cancel"],
  [MessageKind.SIGNAL, "signal"],
  [MessageKind.ANSWER, "answer"],
  [MessageKind.EXPIRED, "expired"],
]);

function messageFrom(message: {
  inboxSeq: number;
  kind: MessageKind;
  payload: Uint8Array;
}): RunMessage {
  const kind = MESSAGE_KINDS.get(message.kind);
  if (kind !== undefined) {
    return { ...message, kind };
  }
  throw new Error(
    `state delivered a message of kind ${message.kind}, which this executor does not know`,
  );
}

/** Ids that no other append has: random for the session, counted within it. */
function appendIds(): () => AppendId {
  const random = randomBytes(8);
  const high = random.readUInt32BE(0);
  let low = random.readUInt32BE(4);
  return () => {
    low = (low + 1) >>> 0;
    return [high, low];
  };
}
