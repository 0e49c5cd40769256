import type { AppendRow } from "./append-columns.ts";
import type { Outcome } from "./append.ts";
import type { Assignment, Holding } from "./assignment.ts";
import type { CommitLane } from "./commit-lane.ts";
import { appendOf, type Lease, leaseOf } from "./lease.ts";
import { type LinkFrame, LinkVoice } from "./link-frame.ts";
import { hasEnded, keyOf, STATUS } from "./run.ts";

/** A run that a link carries from now on. */
export type Bind = Holding & { readonly handle: number; readonly lastSeq: number };

/** What an executor says in one frame. */
export type LinkWork = {
  readonly binds: readonly Bind[];
  readonly appends: readonly AppendRow[];
  readonly released: readonly number[];
  readonly givenUp: readonly number[];
  readonly credit: number;
  readonly wanted: readonly Uint8Array[];
  readonly held: readonly Holding[] | undefined;
};

/** What a link needs of the table that it stands in. */
export interface LinkHost {
  readonly lane: Pick<CommitLane, "push">;
  /** A link carries a run from now on. */
  bound(link: Link, bind: { readonly lease: Lease; readonly lastSeq: number }): void;
  /** A link carries a run no more. */
  unbound(lease: Lease): void;
  released(link: Link, leases: readonly Lease[]): void;
  /** Whoever holds the runs cannot run them. */
  gaveUp(link: Link, leases: readonly Lease[]): void;
  /** The run's messages must reach the link, then `done`. */
  deliver(link: Link, lease: Lease, done: () => void): void;
  reconcile(link: Link, held: readonly Holding[]): void;
  /** A link has room for runs, or a wish for some. */
  hungry(): void;
}

export type LinkOptions = {
  readonly sessionId: number;
  readonly offers: ReadonlySet<string>;
  readonly takesAny: boolean;
  readonly credit: number;
  readonly send: (frame: LinkFrame) => void;
};

/** Runs that one link may carry at once, and names that it may wish for (I10); beyond it binds are revoked. */
const MAX_LEASES = 100_000;
const MAX_WANTED = 10_000;

/** One stream from an executor: its handles, its credit, and what is on its way to it. */
export class Link {
  readonly sessionId: number;
  readonly takesAny: boolean;
  readonly voice: LinkVoice;
  readonly #offers: ReadonlySet<string>;
  readonly #host: LinkHost;
  readonly #leases = new Map<number, Lease>();
  /** Runs that the executor asked for by name. */
  readonly #wanted = new Map<string, Uint8Array>();
  #credit: number;
  #closed = false;
  #retired = false;

  constructor(options: LinkOptions, host: LinkHost) {
    this.sessionId = options.sessionId;
    this.takesAny = options.takesAny;
    this.voice = new LinkVoice((frame) => {
      if (!this.#closed) options.send(frame);
    });
    this.#offers = options.offers;
    this.#credit = options.credit;
    this.#host = host;
  }

  /** How many more runs may be assigned over it now. */
  get credit(): number {
    return this.#closed || this.#retired ? 0 : this.#credit;
  }

  get closed(): boolean {
    return this.#closed;
  }

  get leases(): Iterable<Lease> {
    return this.#leases.values();
  }

  get carried(): number {
    return this.#leases.size;
  }

  /** Runs that were asked for by name and are not carried. */
  get wanted(): readonly Uint8Array[] {
    return [...this.#wanted.values()];
  }

  offersAll(requires: readonly string[]): boolean {
    return requires.every((requirement) => this.#offers.has(requirement));
  }

  /** Use room, or give it back. */
  spend(credit: number): void {
    this.#credit -= credit;
  }

  /** Assign nothing over it any more: its session is dead. */
  retire(): void {
    this.#retired = true;
  }

  /** Assign nothing over it any more: the replica ends, and the executor is to go elsewhere. */
  drain(): void {
    this.retire();
    this.voice.drain();
  }

  /** The stream is over. */
  close(): void {
    this.#closed = true;
    for (const lease of this.#leases.values()) this.#host.unbound(lease);
    this.#leases.clear();
  }

  assign(assignment: Assignment): void {
    this.voice.assign(assignment);
  }

  /** Carry a run no more under this handle: another one stands for it. */
  supersede(lease: Lease): void {
    this.#leases.delete(lease.handle);
  }

  /** The session no longer holds a run. */
  revoke(holding: Holding): void {
    const key = keyOf(holding.runId);
    for (const lease of this.#leases.values()) {
      if (lease.key === key && lease.epoch === holding.epoch) this.#forget(lease);
    }
    this.voice.revoke(holding);
  }

  work({ binds, appends, released, givenUp, credit, wanted, held }: LinkWork): void {
    for (const bind of binds) this.#bind(bind);
    for (const row of appends) this.#append(row);
    this.#release(released);
    this.#giveUp(givenUp);
    for (const runId of wanted.slice(0, MAX_WANTED - this.#wanted.size)) {
      this.#wanted.set(keyOf(runId), runId);
    }
    this.#credit += credit;
    if (held !== undefined) this.#host.reconcile(this, held);
    if (credit > 0 || wanted.length > 0) this.#host.hungry();
  }

  #bind(bind: Bind): void {
    if (this.#leases.size >= MAX_LEASES || this.#leases.has(bind.handle)) {
      this.voice.revoke(bind);
      return;
    }
    const { handle, runId, epoch, lastSeq } = bind;
    const lease = leaseOf({ handle, runId, epoch });
    this.#leases.set(handle, lease);
    this.#host.bound(this, { lease, lastSeq });
  }

  #append(row: AppendRow): void {
    const { handle, fromSeq } = row;
    const lease = this.#leases.get(handle);
    if (lease === undefined) {
      this.voice.refuse({ handle, fromSeq, verdict: "stale", lastSeq: 0, inboxSeq: 0 });
      return;
    }
    const append = appendOf(row, lease, this.sessionId);
    if (append === undefined) {
      this.voice.refuse({ handle, fromSeq, verdict: "invalid", lastSeq: 0, inboxSeq: 0 });
      this.#giveUp([handle]);
      return;
    }
    this.#host.lane.push(append, (outcome) =>
      this.#settled({ lease, row, toSeq: append.toSeq, outcome }),
    );
  }

  #settled({ lease, row, toSeq, outcome }: Settled): void {
    const { handle, fromSeq, status } = row;
    if (outcome.kind === "committed") {
      this.voice.ack(handle, toSeq);
      if (status === STATUS.suspended || hasEnded(status)) {
        this.#forget(lease);
        if (hasEnded(status)) this.#wanted.delete(lease.key);
      }
      return;
    }
    const { verdict, lastSeq, inboxSeq } = outcome;
    const refuse = (): void => this.voice.refuse({ handle, fromSeq, verdict, lastSeq, inboxSeq });
    if (verdict === "inbox_ahead") {
      this.#host.deliver(this, lease, refuse);
      return;
    }
    // It would be made and refused again, wherever the run goes.
    if (verdict === "invalid" && this.#leases.get(handle) === lease) this.#giveUp([handle]);
    else if (verdict !== "unavailable") this.#forget(lease);
    refuse();
  }

  #release(handles: readonly number[]): void {
    const leases = handles.flatMap((handle) => this.#leases.get(handle) ?? []);
    for (const lease of leases) this.#forget(lease);
    if (leases.length > 0) this.#host.released(this, leases);
  }

  #giveUp(handles: readonly number[]): void {
    const leases = handles.flatMap((handle) => this.#leases.get(handle) ?? []);
    for (const lease of leases) this.#forget(lease);
    if (leases.length > 0) this.#host.gaveUp(this, leases);
  }

  #forget(lease: Lease): void {
    if (this.#leases.delete(lease.handle)) this.#host.unbound(lease);
  }
}

type Settled = {
  readonly lease: Lease;
  readonly row: AppendRow;
  readonly toSeq: number;
  readonly outcome: Outcome;
};
