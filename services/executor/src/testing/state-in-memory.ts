import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";

import {
  EVENT_KIND,
  encodeEvent,
  encodeMessage,
  type Plan,
  type ReceivedMessage,
  type RunEvent,
  waitKey,
} from "@orchestrator/pipeline";

import type {
  Append,
  AssignedRun,
  HeldRun,
  OutgoingEvent,
  RunChannel,
  RunHost,
  RunMessage,
  RunStore,
} from "../run-channel.ts";

type Stored = OutgoingEvent & { readonly seq: number; readonly atUs: number };

/** Where the run stands. */
type Standing = "ready" | "running" | "suspended" | "completed" | "failed" | "cancelled";

/**
 * State as one run sees it, in memory: the log with its fence, the inbox, blobs and snapshots. Nothing commits by itself
 * unless told to: a test says when, and who dies meanwhile.
 */
export class MemoryState {
  readonly events: Stored[] = [];
  readonly blobs = new Map<string, Uint8Array>();
  readonly store: RunStore;
  readonly runId = Uint8Array.from({ length: 16 }, (_, at) => at + 1);
  standing: Standing = "ready";
  epoch = 0;
  inbox: RunMessage[] = [];
  readonly #keys = new Set<string>();
  /** When a suspended run wakes, by the state's clock. */
  wakeAtMs = Infinity;
  traceparent = "";
  /** True: appends commit as soon as the event loop turns. */
  isAutomatic = true;
  /** Fails what the store does, once for each. */
  outages = 0;
  snapshots = 0;
  /** How often a holder could not run the run. */
  givenUp = 0;
  readonly #plan: Plan;
  readonly #nowMs: () => number;
  #holder: Holder | undefined;
  #snapshot:
    | { readonly uptoSeq: number; readonly version: number; readonly fold: Uint8Array }
    | undefined;

  constructor(
    { plan, created = { kind: "run_created", inputs: {} } }: { plan: Plan; created?: RunEvent },
    nowMs: () => number,
  ) {
    this.#plan = plan;
    this.#nowMs = nowMs;
    this.#insert([encodeEvent(created)]);
    this.store = this.#makeStore();
  }

  /** Gives the run to a host, under a new epoch. */
  assign(host: RunHost): void {
    this.#holder?.revoke();
    this.epoch += 1;
    this.standing = "running";
    const holder: Holder = {
      epoch: this.epoch,
      waiting: [],
      run: undefined,
      revoke: () => {
        holder.waiting.length = 0;
      },
    };
    this.#holder = holder;
    holder.run = host.take(this.#assigned(), this.#channelOf(holder));
    this.#deliver();
  }

  /** Takes the run away; the holder is told, or finds out by itself. */
  revoke({ told }: { told: boolean }): void {
    const holder = this.#holder;
    this.#holder = undefined;
    holder?.revoke();
    this.standing = "ready";
    if (told) {
      holder?.run?.lost("taken away");
    }
  }

  cancel(reason: string): void {
    this.send({ kind: "cancel", reason });
  }

  /** Puts a message into the inbox, once for each key, and wakes the run. */
  send(message: ReceivedMessage, key?: string): boolean {
    if (key !== undefined && this.#keys.has(key)) {
      return false;
    }
    this.#keys.add(key ?? String(this.inbox.length));
    const payload = encodeMessage(message);
    this.inbox.push({ inboxSeq: this.inbox.length + 1, kind: message.kind, payload });
    if (this.standing === "suspended") {
      this.standing = "ready";
    }
    this.#deliver();
    return true;
  }

  get waiting(): number {
    return this.#holder?.waiting.length ?? 0;
  }

  get isHeld(): boolean {
    return this.#holder !== undefined;
  }

  get hasEnded(): boolean {
    return ["completed", "failed", "cancelled"].includes(this.standing);
  }

  /** Commits the next append of the holder. `acknowledged` false: the reply is lost. */
  commitNext({ acknowledged = true }: { acknowledged?: boolean } = {}): void {
    const holder = this.#holder;
    const append = holder?.waiting.shift();
    if (holder === undefined || append === undefined) {
      return;
    }
    if (append.stateAfter !== "running" && append.inboxSeq < this.inbox.length) {
      holder.run?.inboxAhead();
      return;
    }
    this.#insert(append.events);
    this.#moveTo(append);
    if (acknowledged) {
      holder.run?.committed(this.events.length);
    }
  }

  get kinds(): readonly string[] {
    const names = new Map<number, string>(
      Object.entries(EVENT_KIND).map(([name, kind]) => [kind, name]),
    );
    return this.events.map(
      ({ kind, step }) => `${names.get(kind) ?? kind}${step === "" ? "" : ` ${step}`}`,
    );
  }

  #moveTo({ stateAfter, wakeAfterMs = Infinity }: Append): void {
    this.standing = stateAfter;
    if (stateAfter !== "running") {
      this.wakeAtMs = stateAfter === "suspended" ? this.#nowMs() + wakeAfterMs : Infinity;
      this.#holder = undefined;
    }
  }

  #insert(events: readonly OutgoingEvent[]): void {
    for (const event of events) {
      const payload =
        event.blobHash === undefined
          ? event.payload
          : (this.blobs.get(Buffer.from(event.blobHash).toString("hex")) ?? missing());
      if (event.payload.length > 8192) {
        throw new Error("a payload over 8 KiB was not stored as a blob");
      }
      this.events.push({
        ...event,
        payload,
        seq: this.events.length + 1,
        atUs: Math.round(this.#nowMs() * 1000),
      });
    }
  }

  #assigned(): AssignedRun {
    const [created] = this.events;
    return {
      runId: this.runId,
      epoch: this.epoch,
      lastSeq: this.events.length,
      inboxSeq: this.inbox.length,
      namespace: "test",
      documentHash: Buffer.from(this.#plan.documentHash, "hex"),
      planVersion: this.#plan.planVersion,
      createdPayload: this.events.length === 1 ? created?.payload : undefined,
      createdAtUs: created?.atUs ?? 0,
      traceparent: this.traceparent,
      nowUs: Math.round(this.#nowMs() * 1000),
    };
  }

  #channelOf(holder: Holder): RunChannel {
    return {
      append: (append) => {
        if (this.#holder !== holder) {
          // The fence (I2): nothing of it is committed, and the holder learns that it is over.
          setImmediate(() => holder.run?.lost("stale"));
          return;
        }
        holder.waiting.push(append);
        if (this.isAutomatic) {
          setImmediate(() => this.#commitAutomatically(holder));
        }
      },
      release: () => this.#release(holder),
      giveUp: () => {
        this.givenUp += 1;
        this.#release(holder);
      },
    };
  }

  #release(holder: Holder): void {
    if (this.#holder === holder) {
      if (holder.waiting.length > 0) {
        throw new Error("released with appends under way");
      }
      this.#holder = undefined;
      this.standing = "ready";
    }
  }

  #commitAutomatically(holder: Holder): void {
    if (this.#holder === holder) {
      this.commitNext();
    }
  }

  #deliver(): void {
    const run = this.#holder?.run;
    for (const message of this.inbox) {
      run?.message(message);
    }
  }

  #makeStore(): RunStore {
    const put = async (bytes: Uint8Array) => {
      await this.#perhapsOut();
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      this.blobs.set(sha256, bytes);
      return { sha256, size: bytes.length };
    };
    const get = async (sha256: string): Promise<Uint8Array> => {
      await this.#perhapsOut();
      return this.blobs.get(sha256) ?? missing();
    };
    const { events } = this;
    return {
      plan: async () => Buffer.from(JSON.stringify(this.#plan)),
      async *events({ lastSeq, afterSeq = 0 }) {
        yield* events.slice(afterSeq, lastSeq);
      },
      bundle: async () => [],
      expireWait: async ({ step, attempt }) => {
        await this.#perhapsOut();
        this.send({ kind: "expired", step, attempt }, waitKey({ step, attempt }));
      },
      putBlob: ({ bytes }) => put(bytes),
      putFile: async ({ path }) => put(await readFile(path)),
      getBlob: ({ sha256 }) => get(sha256),
      getFile: async ({ sha256, path }) => writeFile(path, await get(sha256)),
      snapshot: async () => this.#snapshot,
      putSnapshot: async (snapshot) => {
        this.snapshots += 1;
        this.#snapshot = snapshot;
      },
    };
  }

  async #perhapsOut(): Promise<void> {
    if (this.outages > 0) {
      this.outages -= 1;
      throw new Error("the store cannot be reached");
    }
  }
}

type Holder = {
  readonly epoch: number;
  readonly waiting: Append[];
  readonly revoke: () => void;
  run: HeldRun | undefined;
};

function missing(): never {
  throw new Error("there is no such blob");
}
