import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { create } from "@bufbuild/protobuf";
import { createClient, createRouterTransport } from "@connectrpc/connect";
import { AssignSchema, ExecutorLinkService } from "@orchestrator/proto/state/v1/state_pb";

import { HeldRuns } from "./held-runs.ts";
import { LinkStream } from "./link-stream.ts";

describe("the runs of a session", () => {
  it("goes on with a run when an older assignment of it comes late", () => {
    const { held, link, told } = holder();
    held.assigned(link, assign({ epoch: 3 }));
    held.assigned(link, assign({ epoch: 1 }));
    assert.deepEqual(told, ["took 3"]);
    assert.deepEqual(
      held.list().map(({ epoch }) => epoch),
      [3],
    );
  });

  it("goes on under the new epoch when a run is assigned again", () => {
    const { held, link, told } = holder();
    held.assigned(link, assign({ epoch: 1 }));
    held.assigned(link, assign({ epoch: 3 }));
    assert.deepEqual(told, ["took 1", "lost 1", "took 3"]);
  });
});

function assign({ epoch }: { epoch: number }) {
  return create(AssignSchema, { runId: Buffer.alloc(16, 7), epoch, lastSeq: 1 });
}

function holder() {
  const told: string[] = [];
  const held = new HeldRuns({
    host: {
      take({ epoch }) {
        told.push(`took ${epoch}`);
        return {
          committed: () => undefined,
          inboxAhead: () => undefined,
          message: () => undefined,
          lost: () => told.push(`lost ${epoch}`),
        };
      },
    },
    onChange: () => undefined,
  });
  // Nothing answers: what is said over the link is of no interest here.
  const client = createClient(
    ExecutorLinkService,
    createRouterTransport(() => undefined),
  );
  const link = new LinkStream(client, {
    endpoint: "test",
    sessionId: 1n,
    takesAny: true,
    credit: 1,
  });
  held.linkOpened(link);
  return { held, link, told };
}
