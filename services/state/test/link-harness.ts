import type { Client } from "@connectrpc/connect";
import {
  type Assign,
  type ExecutorLinkService,
  type LinkResponse,
  type Refusal,
  RunState,
} from "@orchestrator/proto/state/v1/state_pb";
import { createOutbox } from "@orchestrator/rpc-node";

/** An append as a test writes it: one row of the columns. */
export type TestAppend = {
  readonly handle: number;
  readonly fromSeq: number;
  readonly state?: RunState;
  readonly inboxSeq?: number;
  readonly wakeAfterMs?: number;
  readonly events?: readonly TestEvent[];
};

export type TestEvent = {
  readonly kind?: number;
  readonly step?: string;
  readonly digest?: bigint;
  readonly payload?: Uint8Array;
  readonly form?: number;
};

/** Lays appends out as columns. */
function columnsOf(appends: readonly TestAppend[]) {
  const rows = appends.map((append) => ({ events: [{}] as readonly TestEvent[], ...append }));
  const events = rows.flatMap((row) =>
    row.events.map((event, index) => ({ row, seq: row.fromSeq + index + 1, event })),
  );
  const payloads = events.map(({ event }) => event.payload ?? Buffer.from("event"));
  return {
    handle: rows.map(({ handle }) => handle),
    fromSeq: rows.map(({ fromSeq }) => fromSeq),
    state: rows.map(({ state }) => state ?? RunState.RUNNING),
    inboxSeq: rows.map(({ inboxSeq }) => inboxSeq ?? 0),
    wakeAfterMs: rows.map(({ wakeAfterMs }) => BigInt(wakeAfterMs ?? 0)),
    eventCount: rows.map((row) => row.events.length),
    kind: events.map(({ event }) => event.kind ?? 4),
    version: events.map(() => 1),
    step: events.map(({ event }) => event.step ?? ""),
    attempt: events.map(() => 1),
    digests: Buffer.concat(events.map(({ event, seq }) => digestOf(event.digest ?? BigInt(seq)))),
    payloadLength: payloads.map(({ length }) => length),
    payloadForm: events.map(({ event }) => event.form ?? 0),
    payloads: Buffer.concat(payloads),
  };
}

function digestOf(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
}

/** What a link has heard so far, and what it can still say. */
export type TestLink = AsyncDisposable & {
  readonly sessionId: bigint;
  readonly heard: LinkResponse[];
  /** Up to where each handle was acknowledged. */
  readonly committed: ReadonlyMap<number, number>;
  readonly refusals: readonly Refusal[];
  work(work: object): void;
  bind(handle: number, run: { runId: Uint8Array; epoch: number; lastSeq: number }): void;
  append(...appends: readonly TestAppend[]): void;
  /** Waits until something was heard that fits, and gives it. */
  until<T>(look: (heard: readonly LinkResponse[]) => T | undefined): Promise<T>;
};

/** Opens a session and a link for it. */
export async function openLink(
  { links }: { readonly links: Client<typeof ExecutorLinkService> },
  options: {
    readonly credit?: number;
    readonly takesAny?: boolean;
    readonly offers?: string[];
    readonly sessionId?: bigint;
  } = {},
): Promise<TestLink> {
  const { credit = 0, takesAny = true, offers = ["tests"] } = options;
  const sessionId =
    options.sessionId ??
    (await links.openSession({ executor: "test", offers, capacity: 100 })).sessionId;
  const frames = createOutbox<object>();
  frames.push({ frame: { case: "hello", value: { sessionId, takesAny, credit } } });
  return new OpenLink(sessionId, { frames, responses: links.link(frames) });
}

class OpenLink implements TestLink {
  readonly sessionId: bigint;
  readonly heard: LinkResponse[] = [];
  readonly committed = new Map<number, number>();
  readonly refusals: Refusal[] = [];
  readonly #frames: ReturnType<typeof createOutbox<object>>;
  readonly #reading: Promise<void>;
  #waiting: (() => void)[] = [];
  #failure: Error | undefined;

  constructor(
    sessionId: bigint,
    stream: {
      frames: ReturnType<typeof createOutbox<object>>;
      responses: AsyncIterable<LinkResponse>;
    },
  ) {
    this.sessionId = sessionId;
    this.#frames = stream.frames;
    this.#reading = this.#read(stream.responses);
  }

  work(work: object): void {
    this.#frames.push({ frame: { case: "work", value: work } });
  }

  bind(handle: number, run: { runId: Uint8Array; epoch: number; lastSeq: number }): void {
    this.work({ binds: [{ handle, ...run }] });
  }

  append(...appends: readonly TestAppend[]): void {
    this.work({ appends: columnsOf(appends) });
  }

  async until<T>(look: (heard: readonly LinkResponse[]) => T | undefined): Promise<T> {
    for (;;) {
      const found = look(this.heard);
      if (found !== undefined) return found;
      if (this.#failure !== undefined) throw this.#failure;
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#frames.end();
    await this.#reading;
  }

  async #read(responses: AsyncIterable<LinkResponse>): Promise<void> {
    try {
      for await (const response of responses) {
        this.heard.push(response);
        this.refusals.push(...response.refusals);
        response.acks?.handle.forEach((handle, i) => {
          this.committed.set(handle, response.acks?.seq[i] ?? 0);
        });
        this.#wake();
      }
      this.#failure = new Error("the link is over");
    } catch (error) {
      this.#failure = error instanceof Error ? error : new Error(String(error));
    }
    this.#wake();
  }

  #wake(): void {
    const woken = this.#waiting;
    this.#waiting = [];
    for (const resolve of woken) resolve();
  }
}

/** The assignment that a link heard at this place. */
export async function assigned(link: TestLink, index = 0): Promise<Assign> {
  return link.until((heard) => heard.flatMap(({ assigns }) => assigns)[index]);
}

/** Waits until a handle is acknowledged up to a sequence number. */
export async function acked(link: TestLink, handle: number, seq: number): Promise<void> {
  await link.until(() => (link.committed.get(handle) === seq ? true : undefined));
}

/** The refusal that a link heard at this place. */
export async function refused(link: TestLink, index = 0): Promise<Refusal> {
  return link.until(() => link.refusals[index]);
}
