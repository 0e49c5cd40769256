import { createHash } from "node:crypto";

import type { MessageInitShape } from "@bufbuild/protobuf";
import type { MethodImpl } from "@connectrpc/connect";
import {
  type CreateRunsResponseSchema,
  type RunCreation,
  StateService,
} from "@orchestrator/proto/state/v1/state_pb";
import { createOutbox, openFrameSpan } from "@orchestrator/rpc-node";

import { MAX_INLINE_BYTES } from "../append-columns.ts";
import { putBlob } from "../blob.ts";
import { bothWays } from "../both-ways.ts";
import { creationProblem } from "../creation-check.ts";
import type { Creation, CreationOutcome } from "../creation.ts";
import type { Deps } from "../deps.ts";
import { creationFromWire, wireFromCreation } from "../wire.ts";

type Frame = MessageInitShape<typeof CreateRunsResponseSchema>;
type Created = NonNullable<Frame["created"]>[number];

/** Accepts runs frame by frame; each is answered after its commit (I6), those of one turn of the event loop together. */
export function createRuns(deps: Deps): MethodImpl<typeof StateService.method.createRuns> {
  return async function* (requests, { signal }) {
    const outbox = createOutbox<Frame>();
    const answers = new Answers((created) => outbox.push({ created }));
    yield* bothWays(outbox, {
      signals: [signal, deps.stop],
      async read() {
        for await (const { creations } of requests) {
          for (const creation of creations) accept(deps, creation, answers);
        }
        await answers.complete();
      },
    });
  };
}

/** Collects answers, and gives those of one turn of the event loop together. */
class Answers {
  readonly #send: (created: Created[]) => void;
  #created: Created[] = [];
  #open = 0;
  #whenComplete: (() => void) | undefined;

  constructor(send: (created: Created[]) => void) {
    this.#send = send;
  }

  expect(): void {
    this.#open += 1;
  }

  add(ticket: number, outcome: CreationOutcome): void {
    this.#created.push(wireFromCreation(ticket, outcome));
    if (this.#created.length === 1) {
      setImmediate(() => this.#flush());
    }
  }

  /** Resolves when everything that was expected is given. */
  async complete(): Promise<void> {
    if (this.#open > 0) {
      await new Promise<void>((resolve) => {
        this.#whenComplete = resolve;
      });
    }
  }

  #flush(): void {
    const created = this.#created;
    this.#created = [];
    this.#open -= created.length;
    this.#send(created);
    if (this.#open === 0) this.#whenComplete?.();
  }
}

type Answer = (outcome: CreationOutcome) => void;

/** A creation with the span that it is made in, which the run's steps are then part of. */
type Traced = { readonly creation: Creation; readonly answer: Answer };

function traced(wire: RunCreation, answer: Answer): Traced {
  const creation = creationFromWire(wire);
  const span = openFrameSpan(StateService.method.createRuns, creation.traceparent);
  if (span === undefined) return { creation, answer };
  return {
    creation: { ...creation, traceparent: span.traceparent },
    answer(outcome) {
      span.end(WENT_WRONG.has(outcome.kind) ? outcome.kind : undefined);
      answer(outcome);
    },
  };
}

const WENT_WRONG: ReadonlySet<CreationOutcome["kind"]> = new Set(["invalid", "unavailable"]);

function accept(deps: Deps, wire: RunCreation, answers: Answers): void {
  answers.expect();
  const { creation, answer } = traced(wire, (outcome) => answers.add(wire.ticket, outcome));
  const problem = creationProblem(creation);
  if (problem !== undefined) {
    answer({ kind: "invalid", message: problem });
  } else if (creation.createdPayload.length <= MAX_INLINE_BYTES) {
    deps.creations.push(creation, answer);
  } else {
    deps.background("create_run", async () => {
      try {
        const hash = await storePayload(deps, creation);
        deps.creations.push(creation, answer, hash);
      } catch (error) {
        answer({ kind: "unavailable", message: "the run's inputs could not be stored" });
        throw error;
      }
    });
  }
}

/** A payload that is too large for its event is a blob, stored before the event that names it. */
async function storePayload({ blobs }: Deps, creation: Creation): Promise<Uint8Array> {
  const { namespace, createdPayload: bytes } = creation;
  const hash = createHash("sha256").update(bytes).digest();
  const blob = { key: { namespace, hash }, size: bytes.length, mediaType: "application/json" };
  await putBlob(blobs, blob, [bytes]);
  return hash;
}
