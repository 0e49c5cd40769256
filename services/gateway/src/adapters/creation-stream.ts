import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Client } from "@connectrpc/connect";
import {
  type CreateRunsRequestSchema,
  type RunCreationSchema,
  type RunCreated,
  type StateService,
} from "@orchestrator/proto/state/v1/state_pb";
import { createOutbox, frameParts, type Outbox, pause } from "@orchestrator/rpc-node";

import { stateUnavailable } from "../errors.ts";

type Creation = Omit<MessageInitShape<typeof RunCreationSchema>, "ticket" | "$typeName">;
type Waiting = {
  readonly creation: Creation;
  readonly resolve: (created: RunCreated) => void;
  readonly reject: (reason: unknown) => void;
};
type Frames = Outbox<MessageInitShape<typeof CreateRunsRequestSchema>>;

/** Creations that may wait for an answer at once; at the bound a creation is refused, and nothing is stored. */
const MAX_WAITING = 10_000;
const RECONNECT_MS = 200;
/** For state to end a stream whose requests have ended; then it is cut. */
const LEAVE_MS = 1_000;

/**
 * Creates runs over one stream of frames, since a call of its own for every run costs as much as the run.
 *
 * When the stream breaks, what waits is sent again on the next one: a creation carries its request id, so a reply
 * that was lost is answered with the same run (I6).
 */
export class CreationStream implements AsyncDisposable {
  readonly #client: Client<typeof StateService>;
  readonly #closing = new AbortController();
  readonly #calls = new AbortController();
  readonly #waiting = new Map<number, Waiting>();
  readonly #fresh: number[] = [];
  readonly #done: Promise<void>;
  #frames: Frames | undefined;
  #nextTicket = 1;

  constructor(client: Client<typeof StateService>) {
    this.#client = client;
    this.#done = this.#serve();
  }

  /** Send a creation and wait for its outcome, or reject with the signal's reason. */
  create(creation: Creation, signal: AbortSignal): Promise<RunCreated> {
    if (this.#waiting.size >= MAX_WAITING || this.#closing.signal.aborted) {
      return Promise.reject(stateUnavailable("too many creations wait; try again"));
    }
    const ticket = this.#nextTicket++;
    return new Promise<RunCreated>((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.delete(ticket);
        reject(signal.reason);
      };
      if (signal.aborted) {
        leave();
        return;
      }
      signal.addEventListener("abort", leave, { once: true });
      const settled = (): void => signal.removeEventListener("abort", leave);
      this.#waiting.set(ticket, {
        creation,
        resolve: (created) => (settled(), resolve(created)),
        reject: (reason) => (settled(), reject(reason)),
      });
      this.#enqueue(ticket);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(stateUnavailable("the gateway stops"));
    for (const { reject } of this.#waiting.values()) {
      reject(this.#closing.signal.reason);
    }
    this.#waiting.clear();
    this.#frames?.end();
    const limit = setTimeout(() => this.#calls.abort(), LEAVE_MS);
    await this.#done;
    clearTimeout(limit);
  }

  /** One frame a turn of the event loop: what came in together goes out together. */
  #enqueue(ticket: number): void {
    this.#fresh.push(ticket);
    if (this.#fresh.length === 1) {
      setImmediate(() => this.#flush());
    }
  }

  #flush(): void {
    const tickets = this.#fresh.splice(0);
    if (this.#frames !== undefined) {
      this.#send(this.#frames, tickets);
    }
  }

  #send(frames: Frames, tickets: Iterable<number>): void {
    const creations = [...tickets].flatMap((ticket) => {
      const waiting = this.#waiting.get(ticket);
      return waiting === undefined ? [] : [{ ...waiting.creation, ticket }];
    });
    for (const part of frameParts(creations, bytesOf)) {
      frames.push({ creations: [...part] });
    }
  }

  async #serve(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      const frames: Frames = createOutbox();
      this.#frames = frames;
      this.#fresh.length = 0;
      this.#send(frames, this.#waiting.keys());
      try {
        for await (const { created } of this.#client.createRuns(frames, {
          signal: this.#calls.signal,
        })) {
          this.#settle(created);
        }
      } catch {
        // The stream broke: nothing is known of what waits, so all of it is sent again.
      }
      this.#frames = undefined;
      frames.end();
      await pause(RECONNECT_MS, signal);
    }
  }

  #settle(created: readonly RunCreated[]): void {
    for (const outcome of created) {
      const waiting = this.#waiting.get(outcome.ticket);
      this.#waiting.delete(outcome.ticket);
      waiting?.resolve(outcome);
    }
  }
}

/** What a creation takes beside its inputs and labels, and what a character of these takes at most. */
const CREATION_BYTES = 1 << 10;
const CHARACTER_BYTES = 3;

function bytesOf({ createdPayload, labels }: Creation): number {
  let characters = 0;
  for (const [key, value] of Object.entries(labels ?? {})) {
    characters += key.length + value.length;
  }
  return (createdPayload?.length ?? 0) + characters * CHARACTER_BYTES + CREATION_BYTES;
}
