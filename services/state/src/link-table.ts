import type { Assignment, AssignmentStore, HeldRun, Holding } from "./assignment.ts";
import type { CommitLane } from "./commit-lane.ts";
import type { Lease } from "./lease.ts";
import { Link, type LinkHost, type LinkOptions } from "./link.ts";
import type { Message } from "./message.ts";
import { reconcile } from "./reconciliation.ts";
import { keyOf } from "./run.ts";
import type { Takeover } from "./sweep.ts";

/** What the table asks of the rest of the service. */
export type LinkTableOptions = {
  readonly lane: Pick<CommitLane, "push">;
  readonly store: AssignmentStore;
  readonly readInbox: (
    wanted: readonly { readonly runId: Uint8Array; readonly afterSeq: number }[],
  ) => Promise<readonly { readonly runId: Uint8Array; readonly message: Message }[]>;
  /** Runs have no holder any more. */
  readonly ready: () => void;
  /** Runs were taken from whoever could not run them. */
  readonly gaveUp: (taken: Takeover) => void;
  /** A link has room. */
  readonly hungry: () => void;
  /** Starts work that nobody awaits. */
  readonly background: (name: string, work: () => Promise<void>) => void;
  readonly monotonicMs: () => number;
  /** How long an assignment may wait for its bind. */
  readonly bindMs: number;
};

/** The links of this replica: what each carries, and which assignments still wait to be taken up. */
export class LinkTable implements LinkHost {
  readonly #options: LinkTableOptions;
  readonly #links = new Set<Link>();
  /** Which link carries a run. */
  readonly #carriers = new Map<string, { readonly link: Link; readonly lease: Lease }>();
  readonly #waiting = new Map<string, WaitingBind>();
  /** Runs that came from other links, and are not known to be the session's. */
  readonly #moved = new Map<Link, { readonly lease: Lease; readonly lastSeq: number }[]>();
  /** By session: runs that were missing at the executor when it was last asked. */
  readonly #suspects = new Map<number, ReadonlySet<string>>();

  constructor(options: LinkTableOptions) {
    this.#options = options;
  }

  get lane(): Pick<CommitLane, "push"> {
    return this.#options.lane;
  }

  get links(): Iterable<Link> {
    return this.#links;
  }

  /** How many runs the links carry. */
  get carried(): number {
    return this.#carriers.size;
  }

  open(options: LinkOptions): Link {
    const link = new Link(options, this);
    this.#links.add(link);
    this.#options.hungry();
    return link;
  }

  close(link: Link): void {
    this.#links.delete(link);
    link.close();
    if (![...this.#links].some(({ sessionId }) => sessionId === link.sessionId)) {
      this.#suspects.delete(link.sessionId);
    }
  }

  /** Hand a run to a link. It waits for its bind, and is taken back when that does not come. */
  assign(link: Link, assignment: Assignment): void {
    const { runId, epoch, lastSeq, inboxSeq } = assignment;
    const patienceMs = link.closed ? 0 : this.#options.bindMs;
    const dueMs = this.#options.monotonicMs() + patienceMs;
    this.#waiting.set(keyOf(runId), { link, dueMs, run: { runId, epoch, lastSeq, inboxSeq } });
    link.assign(assignment);
  }

  bound(link: Link, { lease, lastSeq }: { lease: Lease; lastSeq: number }): void {
    const waiting = this.#waiting.get(lease.key);
    const before = this.#carriers.get(lease.key);
    if (before !== undefined && before.lease.epoch > lease.epoch) {
      // It was taken back from this one meanwhile, and its present holder has taken it up.
      link.revoke(lease);
      return;
    }
    before?.link.supersede(before.lease);
    this.#carriers.set(lease.key, { link, lease });
    if (waiting?.run.epoch === lease.epoch && waiting.link.sessionId === link.sessionId) {
      this.#waiting.delete(lease.key);
      if (waiting.run.inboxSeq > 0) this.deliver(link, lease, () => undefined);
      return;
    }
    const moved = this.#moved.get(link) ?? [];
    this.#moved.set(link, moved);
    moved.push({ lease, lastSeq });
    // Those that move in one frame are looked up together.
    if (moved.length === 1) {
      this.#options.background("confirm_binds", () => this.#confirm(link));
    }
  }

  unbound(lease: Lease): void {
    if (this.#carriers.get(lease.key)?.lease === lease) this.#carriers.delete(lease.key);
  }

  released(link: Link, leases: readonly Lease[]): void {
    this.#options.background("release", async () => {
      const released = await this.#options.store.release(link.sessionId, leases);
      if (released.length > 0) this.#options.ready();
    });
  }

  gaveUp(link: Link, leases: readonly Lease[]): void {
    this.#options.background("give_up", async () => {
      const taken = await this.#options.store.giveUp(link.sessionId, leases);
      if (taken.ready + taken.quarantined > 0) this.#options.gaveUp(taken);
      if (taken.ready > 0) this.#options.ready();
    });
  }

  /** Read a run's new messages and hand them to the link; `done` follows them. */
  deliver(link: Link, lease: Lease, done: () => void): void {
    this.#options.background("deliver", async () => {
      try {
        const wanted = { runId: lease.runId, afterSeq: lease.deliveredSeq };
        const found = await this.#options.readInbox([wanted]);
        handOver(
          link,
          lease,
          found.map(({ message }) => message),
        );
      } finally {
        done();
      }
    });
  }

  hungry(): void {
    this.#options.hungry();
  }

  /** Compare what an executor holds with what the database says, both ways. */
  reconcile(link: Link, held: readonly Holding[]): void {
    this.#options.background("reconcile", async () => {
      const { sessionId } = link;
      const stored = await this.#options.store.held(sessionId);
      const { revoked, missing, suspects } = reconcile({
        stored,
        held,
        isOnItsWay: ({ runId }) => this.#waiting.has(keyOf(runId)),
        suspects: this.#suspects.get(sessionId) ?? new Set(),
      });
      this.#suspects.set(sessionId, suspects);
      for (const holding of revoked) link.revoke(holding);
      if (missing.length === 0 || link.closed) return;
      for (const assignment of await this.#options.store.assignments(sessionId, missing)) {
        this.assign(link, assignment);
      }
    });
  }

  /** Messages came for runs, in another call or over another replica. */
  async messagesCame(runIds: readonly Uint8Array[]): Promise<void> {
    const carriers = runIds.flatMap((runId) => this.#carriers.get(keyOf(runId)) ?? []);
    if (carriers.length === 0) return;
    const found = await this.#options.readInbox(
      carriers.map(({ lease }) => ({ runId: lease.runId, afterSeq: lease.deliveredSeq })),
    );
    for (const { link, lease } of carriers) {
      const messages = found.filter(({ runId }) => keyOf(runId) === lease.key);
      handOver(
        link,
        lease,
        messages.map(({ message }) => message),
      );
    }
  }

  /** Runs whose last message was not handed over yet. */
  behind(
    heads: readonly { readonly runId: Uint8Array; readonly inboxSeq: number }[],
  ): readonly Uint8Array[] {
    return heads.flatMap(({ runId, inboxSeq }) => {
      const carrier = this.#carriers.get(keyOf(runId));
      return carrier !== undefined && carrier.lease.deliveredSeq < inboxSeq ? [runId] : [];
    });
  }

  /** Take back what was assigned and not taken up in time. */
  async takeBackLate(): Promise<void> {
    const nowMs = this.#options.monotonicMs();
    const late = [...this.#waiting.values()].filter(({ dueMs }) => dueMs <= nowMs);
    for (const { run } of late) this.#waiting.delete(keyOf(run.runId));
    await this.#takeBack(late);
  }

  /** Take back what was claimed for a link that is gone. */
  async takeBackFrom(sessionId: number, runs: readonly HeldRun[]): Promise<void> {
    if (runs.length === 0) return;
    const taken = await this.#options.store.takeBack(sessionId, runs);
    if (taken.length > 0) this.#options.ready();
  }

  /** A session is dead: nothing is assigned over its links any more. */
  sessionDied(sessionId: number): void {
    for (const link of this.#links) {
      if (link.sessionId === sessionId) link.retire();
    }
  }

  drain(): void {
    for (const link of this.#links) link.drain();
  }

  async #takeBack(late: readonly WaitingBind[]): Promise<void> {
    const bySession = new Map<number, WaitingBind[]>();
    for (const waiting of late) {
      const group = bySession.get(waiting.link.sessionId) ?? [];
      group.push(waiting);
      bySession.set(waiting.link.sessionId, group);
    }
    for (const [sessionId, group] of bySession) {
      for (const { link } of group) link.spend(-1);
      await this.takeBackFrom(
        sessionId,
        group.map(({ run }) => run),
      );
    }
  }

  /** Runs that moved here: the database says whether the session holds them, and which messages there are. */
  async #confirm(link: Link): Promise<void> {
    await Promise.resolve();
    const moved = this.#moved.get(link) ?? [];
    this.#moved.delete(link);
    const held = new Map<string, HeldRun>();
    for (const run of await this.#options.store.confirm(
      link.sessionId,
      moved.map(({ lease }) => lease),
    )) {
      held.set(keyOf(run.runId), run);
    }
    for (const { lease, lastSeq } of moved) {
      const run = held.get(lease.key);
      if (run === undefined || run.lastSeq < lastSeq) {
        link.revoke(lease);
      } else if (run.inboxSeq > 0) {
        this.deliver(link, lease, () => undefined);
      }
    }
  }
}

type WaitingBind = { readonly link: Link; readonly dueMs: number; readonly run: HeldRun };

function handOver(link: Link, lease: Lease, messages: readonly Message[]): void {
  const fresh = messages.filter(({ inboxSeq }) => inboxSeq > lease.deliveredSeq);
  const last = fresh.at(-1);
  if (last !== undefined && !link.closed) {
    lease.deliveredSeq = last.inboxSeq;
    link.voice.deliver(lease.handle, fresh);
  }
}
