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
import { creationProblem } from "../creation-check.ts";
import type { Creation, CreationOutcome } from "../creation.ts";
import type { Deps } from "../deps.ts";
import { endWith } from "../end-with.ts";
import { creationFromWire, wireFromCreation } from "../wire.ts";

type Frame = MessageInitShape<typeof CreateRunsResponseSchema>;
type Created = NonNullable<Frame["created"]>[number];

/** Accepts runs frame by frame; each is answered after its commit (I6), those of one turn of the event loop together. */
export function createRuns(deps: Deps): MethodImpl<typeof StateService.method.createRuns> {
  return async function* (requests, { signal }) {
    const outbox = createOutbox<Frame>();
    using ending = endWith([signal, deps.stop], () => outbox.end());
    void ending;
    let created: Created[] = [];
    let open = 0;
    let ended = false;
    const answer = (ticket: number, outcome: CreationOutcome): void => {
      created.push(wireFromCreation(ticket, outcome));
      if (created.length === 1) {
        setImmediate(() => {
          open -= created.length;
          outbox.push({ created });
          created = [];
          if (ended && open === 0) outbox.end();
        });
      }
    };
    deps.background("create_runs", async () => {
      try {
        for await (const { creations } of requests) {
          open += creations.length;
          for (const creation of creations) accept(deps, creation.ticket, traced(creation, answer));
        }
      } finally {
        ended = true;
        if (open === 0) outbox.end();
      }
    });
    yield* outbox;
  };
}

type Answer = (ticket: number, outcome: CreationOutcome) => void;

/** A creation with the span that it is made in, which the run's steps are then part of. */
type Traced = { readonly creation: Creation; readonly answer: Answer };

function traced(wire: RunCreation, answer: Answer): Traced {
  const creation = creationFromWire(wire);
  const span = openFrameSpan(StateService.method.createRuns, creation.traceparent);
  if (span === undefined) return { creation, answer };
  return {
    creation: { ...creation, traceparent: span.traceparent },
    answer(ticket, outcome) {
      span.end(WENT_WRONG.has(outcome.kind) ? outcome.kind : undefined);
      answer(ticket, outcome);
    },
  };
}

const WENT_WRONG: ReadonlySet<CreationOutcome["kind"]> = new Set(["invalid", "unavailable"]);

function accept(deps: Deps, ticket: number, { creation, answer }: Traced): void {
  const problem = creationProblem(creation);
  if (problem !== undefined) {
    answer(ticket, { kind: "invalid", message: problem });
  } else if (creation.createdPayload.length <= MAX_INLINE_BYTES) {
    deps.creations.push(creation, (outcome) => answer(ticket, outcome));
  } else {
    deps.background("create_run", async () => {
      try {
        const hash = await storePayload(deps, creation);
        deps.creations.push(creation, (outcome) => answer(ticket, outcome), hash);
      } catch (error) {
        answer(ticket, { kind: "unavailable", message: "the run's inputs could not be stored" });
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
