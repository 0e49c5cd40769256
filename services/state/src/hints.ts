/** Carries short texts between replicas. It may lose them: whoever listens also looks for himself. */
export interface HintBus extends AsyncDisposable {
  send(payload: string): Promise<void>;
  /** Calls back for every text of another replica or of this one. */
  listen(onPayload: (payload: string) => void): Promise<void>;
}

/** What one replica tells the others. */
export type Hint = {
  /** Runs are ready and have no holder. */
  readonly ready: boolean;
  /** Runs that have new events. */
  readonly runs: readonly Uint8Array[];
  /** Runs that have new messages. */
  readonly messages: readonly Uint8Array[];
};

export type HintsOptions = {
  readonly bus: HintBus;
  /** Tells this replica's own hints apart. */
  readonly replica: string;
  readonly onHint: (hint: Hint) => void;
  readonly background: (name: string, work: () => Promise<void>) => void;
  readonly windowMs: number;
};

/** Ids that fit into one NOTIFY of 8,000 bytes. */
const MAX_IDS = 300;
/** Ids that wait for the window to close; what is beyond it is found by the others' own look. */
const MAX_WAITING = 10_000;

/** Where a replica tells what others may want to look at. */
export type Telling = Pick<Hints, "ready" | "changed" | "message">;

/** Tells nobody: this replica is the only one of its store. */
export const TELL_NOBODY: Telling = {
  ready: () => undefined,
  changed: () => undefined,
  message: () => undefined,
};

/** Coalesces hints: one text for all that happened within a few milliseconds. */
export class Hints {
  readonly #options: HintsOptions;
  readonly #runs = new Map<string, Uint8Array>();
  readonly #messages = new Map<string, Uint8Array>();
  #ready = false;
  #armed = false;

  constructor(options: HintsOptions) {
    this.#options = options;
  }

  async listen(): Promise<void> {
    await this.#options.bus.listen((payload) => this.#receive(payload));
  }

  ready(): void {
    this.#ready = true;
    this.#arm();
  }

  changed(key: string, runId: Uint8Array): void {
    if (this.#runs.size < MAX_WAITING) this.#runs.set(key, runId);
    this.#arm();
  }

  message(key: string, runId: Uint8Array): void {
    if (this.#messages.size < MAX_WAITING) this.#messages.set(key, runId);
    this.#arm();
  }

  #arm(): void {
    if (!this.#armed) {
      this.#armed = true;
      setTimeout(() => {
        this.#options.background("hints", () => this.#flush());
      }, this.#options.windowMs).unref();
    }
  }

  async #flush(): Promise<void> {
    this.#armed = false;
    const ids = [
      ...[...this.#messages.values()].map((runId) => ({ list: "m" as const, runId })),
      ...[...this.#runs.values()].map((runId) => ({ list: "r" as const, runId })),
    ];
    let ready = this.#ready;
    this.#messages.clear();
    this.#runs.clear();
    this.#ready = false;
    for (let at = 0; at < ids.length || ready; at += MAX_IDS) {
      const some = ids.slice(at, at + MAX_IDS);
      await this.#options.bus.send(
        JSON.stringify({
          f: this.#options.replica,
          ...(ready ? { q: 1 } : {}),
          m: some.filter(({ list }) => list === "m").map(({ runId }) => textOf(runId)),
          r: some.filter(({ list }) => list === "r").map(({ runId }) => textOf(runId)),
        }),
      );
      ready = false;
    }
  }

  #receive(payload: string): void {
    const hint = hintFrom(payload, this.#options.replica);
    if (hint !== undefined) this.#options.onHint(hint);
  }
}

/** A text of another replica as a hint; undefined for one's own, and for what is none. */
function hintFrom(payload: string, replica: string): Hint | undefined {
  const fields: unknown = parsed(payload);
  if (typeof fields !== "object" || fields === null || !("f" in fields) || fields.f === replica) {
    return undefined;
  }
  return {
    ready: "q" in fields,
    runs: "r" in fields ? idsFrom(fields.r) : [],
    messages: "m" in fields ? idsFrom(fields.m) : [],
  };
}

function parsed(payload: string): unknown {
  try {
    return JSON.parse(payload);
  } catch {
    // Whatever else uses the channel is not for us.
    return undefined;
  }
}

function idsFrom(list: unknown): readonly Uint8Array[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((id: unknown) =>
    typeof id === "string" ? [Buffer.from(id, "base64url")] : [],
  );
}

function textOf(runId: Uint8Array): string {
  return Buffer.from(runId.buffer, runId.byteOffset, runId.byteLength).toString("base64url");
}
