import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { createClient, createRouterTransport } from "@connectrpc/connect";
import { RunCreated_Outcome as Outcome, StateService } from "@orchestrator/proto/state/v1/state_pb";

import { CreationStream } from "./creation-stream.ts";

/** What a message of the mesh may carry. */
const MAX_FRAME_BYTES = 16 << 20;

describe("creations with large inputs", () => {
  it("travel in frames that the mesh carries, those that are sent again too", async () => {
    const frames: number[] = [];
    let streams = 0;
    const transport = createRouterTransport(({ service }) => {
      service(StateService, {
        async *createRuns(requests) {
          streams += 1;
          for await (const { creations } of requests) {
            frames.push(
              creations.reduce((sum, { createdPayload }) => sum + createdPayload.length, 0),
            );
            if (streams === 1) throw new Error("the replica is gone");
            yield {
              created: creations.map(({ ticket }) => ({ ticket, outcome: Outcome.CREATED })),
            };
          }
        },
      });
    });
    await using stream = new CreationStream(createClient(StateService, transport));
    const createdPayload = new Uint8Array(4 << 20);
    const { signal } = new AbortController();
    const ids = Array.from({ length: 6 }, (_, i) => `request-${i}`);
    await Promise.all(ids.map((requestId) => stream.create({ requestId, createdPayload }, signal)));
    assert.ok(streams > 1);
    assert.ok(Math.max(...frames) < MAX_FRAME_BYTES, `a frame had ${Math.max(...frames)} bytes`);
  });
});
