import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { createClient, createRouterTransport } from "@connectrpc/connect";
import {
  RunCreated_Outcome as Outcome,
  type RunCreation,
  StateService,
} from "@orchestrator/proto/state/v1/state_pb";

import { CreationStream } from "./creation-stream.ts";

/** A state service that hands every frame of creations to a function; what it throws breaks the stream. */
function stateWith(onFrame: (creations: readonly RunCreation[], stream: number) => Created[]) {
  let streams = 0;
  const transport = createRouterTransport(({ service }) => {
    service(StateService, {
      async *createRuns(requests) {
        const stream = (streams += 1);
        for await (const { creations } of requests) {
          yield { created: onFrame(creations, stream) };
        }
      },
    });
  });
  return createClient(StateService, transport);
}

type Created = { ticket: number; outcome: Outcome; message: string };

function acceptedBy({ ticket, requestId }: RunCreation): Created {
  return { ticket, outcome: Outcome.CREATED, message: requestId };
}

describe("the stream of creations", () => {
  it("answers each creation with its own outcome, those of one turn in one frame", async () => {
    const frames: number[] = [];
    const state = stateWith((creations) => {
      frames.push(creations.length);
      return creations.map(acceptedBy).toReversed();
    });
    await using stream = new CreationStream(state);
    const ids = Array.from({ length: 20 }, (_, i) => `request-${i}`);
    const answers = await Promise.all(
      ids.map((requestId) => stream.create({ requestId }, unaborted())),
    );
    assert.deepEqual(
      answers.map(({ message }) => message),
      ids,
    );
    assert.deepEqual(frames, [20]);
  });

  it("sends what was not answered again when the stream breaks (I6)", async () => {
    const seen: string[][] = [];
    const state = stateWith((creations, number) => {
      seen.push(creations.map(({ requestId }) => requestId));
      if (number === 1) throw new Error("the replica is gone");
      return creations.map(acceptedBy);
    });
    await using stream = new CreationStream(state);
    const [first, second] = await Promise.all([
      stream.create({ requestId: "a" }, unaborted()),
      stream.create({ requestId: "b" }, unaborted()),
    ]);
    assert.deepEqual([first?.message, second?.message], ["a", "b"]);
    assert.deepEqual(seen, [
      ["a", "b"],
      ["a", "b"],
    ]);
  });

  it("lets a caller go who leaves, and refuses all when it closes", async () => {
    const stream = new CreationStream(stateWith(() => []));
    const leaving = new AbortController();
    const left = stream.create({ requestId: "a" }, leaving.signal);
    leaving.abort(new Error("left"));
    await assert.rejects(left, /left/);
    const waiting = stream.create({ requestId: "b" }, unaborted());
    const closed = assert.rejects(waiting, /the gateway stops/);
    await stream[Symbol.asyncDispose]();
    await closed;
    await assert.rejects(stream.create({ requestId: "c" }, unaborted()), /try again/);
  });
});

function unaborted(): AbortSignal {
  return new AbortController().signal;
}
