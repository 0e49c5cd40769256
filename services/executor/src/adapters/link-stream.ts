import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Client } from "@connectrpc/connect";
import {
  type Assign,
  type BindSchema,
  type Delivery,
  type ExecutorLinkService,
  type LinkRequestSchema,
  type LinkResponse,
  type Refusal,
} from "@orchestrator/proto/state/v1/state_pb";
import { createOutbox, frameParts, type Outbox } from "@orchestrator/rpc-node";

import type { SealedAppend } from "../link/append-queue.ts";
import { appendColumns, type OutgoingAppend } from "./append-columns.ts";

/** What a link hears from its replica. */
export type LinkListener = {
  assigned(link: LinkStream, assign: Assign): void;
  delivered(link: LinkStream, delivery: Delivery): void;
  refused(link: LinkStream, refusal: Refusal): void;
  committed(link: LinkStream, ack: { readonly handle: number; readonly seq: number }): void;
  revoked(revoke: { readonly runId: Uint8Array; readonly epoch: number }): void;
  /** The replica drains: what this link carries must move. The link itself stays until its stream ends. */
  draining(link: LinkStream): void;
};

export type LinkOptions = {
  readonly endpoint: string;
  readonly sessionId: bigint;
  readonly takesAny: boolean;
  readonly credit: number;
};

type Work = {
  binds: MessageInitShape<typeof BindSchema>[];
  appends: Append[];
  released: number[];
  givenUp: number[];
  credit: number;
  wantedRunIds: Uint8Array[];
  held?: { runIds: Uint8Array[]; epochs: number[] };
};

/** An append, or what makes one of all that waits when the frame goes out. */
type Append = OutgoingAppend | { readonly handle: number; readonly seal: Seal };
/** Undefined when there is nothing to send any more. */
type Seal = () => SealedAppend | undefined;

/**
 * The stream to one replica of state: work goes out in one frame for each turn of the event loop, and what comes in is
 * told to the listener. A link is used once; when its stream ends, another takes its place.
 */
export class LinkStream {
  readonly endpoint: string;
  readonly #client: Client<typeof ExecutorLinkService>;
  readonly #frames: Outbox<MessageInitShape<typeof LinkRequestSchema>> = createOutbox();
  #work: Work | undefined;
  #nextHandle = 1;
  #granted: number;
  #isOpen = true;
  #isDraining = false;

  constructor(client: Client<typeof ExecutorLinkService>, options: LinkOptions) {
    const { endpoint, sessionId, takesAny, credit } = options;
    this.#client = client;
    this.endpoint = endpoint;
    this.#granted = credit;
    this.#frames.push({ frame: { case: "hello", value: { sessionId, takesAny, credit } } });
  }

  /** How many runs may still be assigned over this link. */
  get granted(): number {
    return this.#granted;
  }

  /** Whether runs may be bound to it. */
  get carries(): boolean {
    return this.#isOpen && !this.#isDraining;
  }

  /** Serve until the stream ends, whatever ends it. */
  async serve(listener: LinkListener, signal: AbortSignal): Promise<void> {
    try {
      for await (const response of this.#client.link(this.#frames, { signal })) {
        this.#hear(response, listener);
      }
    } finally {
      this.#isOpen = false;
      this.#frames.end();
    }
  }

  /** Carry a run from now on; answers with its handle. */
  bind(run: { runId: Uint8Array; epoch: number; lastSeq: number }): number {
    const handle = this.#nextHandle++;
    this.#frame().binds.push({ handle, ...run });
    return handle;
  }

  append(handle: number, append: SealedAppend): void {
    this.#frame().appends.push({ handle, append });
  }

  /** Append what the run has to say when the frame goes out: what comes in the same turn goes along. */
  appendLater(handle: number, seal: Seal): void {
    this.#frame().appends.push({ handle, seal });
  }

  release(handle: number): void {
    this.#frame().released.push(handle);
  }

  /** Give a run back that cannot be run. */
  giveUp(handle: number): void {
    this.#frame().givenUp.push(handle);
  }

  grant(credit: number): void {
    this.#granted += credit;
    this.#frame().credit += credit;
  }

  want(runId: Uint8Array): void {
    this.#granted += 1;
    const frame = this.#frame();
    frame.credit += 1;
    frame.wantedRunIds.push(runId);
  }

  reconcile(runs: readonly { readonly runId: Uint8Array; readonly epoch: number }[]): void {
    this.#frame().held = {
      runIds: runs.map(({ runId }) => runId),
      epochs: runs.map(({ epoch }) => epoch),
    };
  }

  /** Send what waits and end the stream from this side. */
  end(): void {
    this.#flush();
    this.#isOpen = false;
    this.#frames.end();
  }

  #hear(response: LinkResponse, listener: LinkListener): void {
    for (const assign of response.assigns) {
      this.#granted = Math.max(0, this.#granted - 1);
      listener.assigned(this, assign);
    }
    for (const delivery of response.deliveries) {
      listener.delivered(this, delivery);
    }
    const { handle, seq } = response.acks ?? NO_ACKS;
    for (let i = 0; i < handle.length; i++) {
      listener.committed(this, { handle: handle[i] ?? 0, seq: seq[i] ?? 0 });
    }
    for (const refusal of response.refusals) {
      listener.refused(this, refusal);
    }
    for (const revoke of response.revoked) {
      listener.revoked(revoke);
    }
    if (response.draining && !this.#isDraining) {
      this.#isDraining = true;
      this.#granted = 0;
      listener.draining(this);
    }
  }

  #frame(): Work {
    if (this.#work === undefined) {
      this.#work = {
        binds: [],
        appends: [],
        released: [],
        givenUp: [],
        credit: 0,
        wantedRunIds: [],
      };
      setImmediate(() => this.#flush());
    }
    return this.#work;
  }

  #flush(): void {
    const work = this.#work;
    this.#work = undefined;
    if (work !== undefined && this.#isOpen) {
      const { appends, ...rest } = work;
      const [first, ...others] = frameParts(sealedOf(appends), bytesOf);
      const value = first === undefined ? rest : { ...rest, appends: appendColumns(first) };
      this.#frames.push({ frame: { case: "work", value } });
      for (const part of others) {
        this.#frames.push({ frame: { case: "work", value: { appends: appendColumns(part) } } });
      }
    }
  }
}

function sealedOf(appends: readonly Append[]): readonly OutgoingAppend[] {
  const all: OutgoingAppend[] = [];
  for (const one of appends) {
    const append = "seal" in one ? one.seal() : one.append;
    if (append !== undefined) all.push({ handle: one.handle, append });
  }
  return all;
}

/** What an event takes beside its payload and the name of its step. */
const EVENT_BYTES = 64;

function bytesOf({ append }: OutgoingAppend): number {
  let bytes = 0;
  for (const { payload, step } of append.events) {
    bytes += payload.length + step.length + EVENT_BYTES;
  }
  return bytes;
}

const NO_ACKS: { readonly handle: readonly number[]; readonly seq: readonly number[] } = {
  handle: [],
  seq: [],
};
