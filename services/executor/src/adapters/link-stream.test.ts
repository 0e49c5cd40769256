import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { createClient, createRouterTransport } from "@connectrpc/connect";
import { ExecutorLinkService, type LinkWork } from "@orchestrator/proto/state/v1/state_pb";

import type { SealedAppend } from "../link/append-queue.ts";
import { DIGEST_BYTES } from "../link/digest.ts";
import { until } from "../testing/test-host.ts";
import { type LinkListener, LinkStream } from "./link-stream.ts";

/** What a message of the mesh may carry. */
const MAX_FRAME_BYTES = 16 << 20;

describe("the stream to a replica", () => {
  it("says what was said in one turn in one frame", async () => {
    const { link, frames } = linked();
    for (const runId of [1, 2]) {
      const handle = link.bind({ runId: Buffer.alloc(16, runId), epoch: 1, lastSeq: 1 });
      link.append(handle, appendOf(100));
    }
    await until(() => frames.length > 0, "a frame comes");
    assert.deepEqual(
      frames.map(({ binds, appends }) => [binds.length, appends?.handle]),
      [[2, [1, 2]]],
    );
    link.end();
  });

  it("parts what is too large for a frame, and binds before it appends", async () => {
    const { link, frames } = linked();
    for (let run = 0; run < 20; run++) {
      const handle = link.bind({ runId: Buffer.alloc(16, run), epoch: 1, lastSeq: 1 });
      link.append(handle, appendOf(1 << 20));
    }
    const handles = (): readonly number[] => frames.flatMap(({ appends }) => appends?.handle ?? []);
    await until(() => handles().length === 20, "all appends come");
    assert.deepEqual(
      handles(),
      Array.from({ length: 20 }, (_, run) => run + 1),
    );
    assert.equal(frames[0]?.binds.length, 20);
    for (const { appends } of frames) {
      assert.ok((appends?.payloads.length ?? 0) < MAX_FRAME_BYTES);
    }
    link.end();
  });
});

function appendOf(bytes: number): SealedAppend {
  const event = { kind: 4, version: 1, step: "a", attempt: 1, payload: new Uint8Array(bytes) };
  return {
    events: [event],
    stateAfter: "running",
    inboxSeq: 0,
    fromSeq: 1,
    digests: new Uint8Array(DIGEST_BYTES),
    parts: [],
  };
}

const DEAF: LinkListener = {
  assigned: () => undefined,
  delivered: () => undefined,
  refused: () => undefined,
  committed: () => undefined,
  revoked: () => undefined,
  draining: () => undefined,
};

/** A link whose replica keeps what it is told. */
function linked() {
  const frames: LinkWork[] = [];
  const transport = createRouterTransport(({ service }) => {
    service(ExecutorLinkService, {
      async *link(requests) {
        for await (const { frame } of requests) {
          if (frame.case === "work") frames.push(frame.value);
          yield {};
        }
      },
    });
  });
  const client = createClient(ExecutorLinkService, transport);
  const link = new LinkStream(client, {
    endpoint: "test",
    sessionId: 1n,
    takesAny: true,
    credit: 1,
  });
  // Whatever ends it: the test looks at what was said.
  link.serve(DEAF, new AbortController().signal).catch(() => undefined);
  return { link, frames };
}
