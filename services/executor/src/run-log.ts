import {
  apply,
  encodeHiding,
  encodeSnapshot,
  type Hidden,
  hiddenOf,
  redactEvent,
  type Redactor,
  retract,
  type RunEvent,
  type RunState,
  type Schedule,
} from "@orchestrator/pipeline";

import type { Outbox } from "./outbox.ts";
import type { StateAfter } from "./run-channel.ts";

/** Events between two snapshots. */
const SNAPSHOT_EVERY = 1_000;

/** A fold that may be stored once it is committed. */
export type PendingSnapshot = { readonly uptoSeq: number; readonly fold: Uint8Array };

/** Where a held run writes: every event is applied and sent at once, in one order; what may follow waits for commits. */
export class RunLog {
  readonly #state: RunState;
  readonly #schedule: Schedule;
  readonly #outbox: Outbox;
  readonly #nowUs: () => number;
  readonly #redactor: Redactor;
  readonly #hidden: Hidden | undefined;
  /** What waits for a commit, by sequence number. */
  #waiting: { readonly seq: number; readonly resume: () => void }[] = [];
  #committedSeq: number;
  #snapshotSeq: number;
  #snapshot: PendingSnapshot | undefined;

  constructor({ state, schedule, outbox, secrets }: RunLogParts, nowUs: () => number) {
    this.#redactor = secrets.redactor;
    this.#hidden = hiddenOf(state);
    this.#state = state;
    this.#schedule = schedule;
    this.#outbox = outbox;
    this.#nowUs = nowUs;
    this.#committedSeq = state.seq;
    this.#snapshotSeq = state.seq;
  }

  /** Events that are sent and not known to be committed. */
  get uncommitted(): number {
    return this.#state.seq - this.#committedSeq;
  }

  append(happened: RunEvent, { stateAfter = "running", wakeAfterMs }: AppendOptions = {}): void {
    const event = redactEvent(happened, this.#redactor);
    apply(this.#state, { seq: this.#state.seq + 1, atUs: this.#nowUs(), event });
    this.#schedule.recorded(event);
    this.#outbox.push({
      events: [encodeHiding(event, this.#hidden)],
      stateAfter,
      inboxSeq: this.#state.inboxSeq,
      ...(wakeAfterMs === undefined ? {} : { wakeAfterMs }),
    });
    if (this.#state.seq - this.#snapshotSeq >= SNAPSHOT_EVERY && this.#snapshot === undefined) {
      this.#snapshotSeq = this.#state.seq;
      this.#snapshot = { uptoSeq: this.#state.seq, fold: encodeSnapshot(this.#state) };
    }
  }

  /** Resolves once everything appended so far is committed; never, when the run is lost. */
  settled(): Promise<void> {
    return new Promise((resume) => {
      this.#waiting.push({ seq: this.#state.seq, resume });
    });
  }

  /** Answers with a fold that may be stored now. */
  committed(seq: number): PendingSnapshot | undefined {
    this.#committedSeq = seq;
    this.#schedule.committed(seq);
    if (this.#waiting.length > 0) {
      const due = this.#waiting.filter((waiter) => waiter.seq <= seq);
      this.#waiting = this.#waiting.filter((waiter) => waiter.seq > seq);
      for (const { resume } of due) {
        resume();
      }
    }
    const snapshot = this.#snapshot;
    if (snapshot === undefined || snapshot.uptoSeq > seq) {
      return undefined;
    }
    this.#snapshot = undefined;
    return snapshot;
  }

  /** The last event, which would have ended or suspended the run, was refused. */
  retract(): void {
    retract(this.#state);
    if (this.#snapshot !== undefined && this.#snapshot.uptoSeq > this.#state.seq) {
      this.#snapshot = undefined;
    }
  }
}

/** What a log writes to. */
export type RunLogParts = {
  readonly state: RunState;
  readonly schedule: Schedule;
  readonly outbox: Outbox;
  /** Knows the secrets that the run has read: none is written (L164). */
  readonly secrets: { readonly redactor: Redactor };
};

type AppendOptions = { readonly stateAfter?: StateAfter; readonly wakeAfterMs?: number };
