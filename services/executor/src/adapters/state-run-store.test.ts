import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";

import { createClient, createRouterTransport } from "@connectrpc/connect";
import { StateService } from "@orchestrator/proto/state/v1/state_pb";

import type { AssignedRun } from "../run-channel.ts";
import { stateRunStore } from "./state-run-store.ts";

const RUN: AssignedRun = {
  runId: Buffer.alloc(16, 7),
  epoch: 1,
  lastSeq: 2,
  inboxSeq: 0,
  namespace: "test",
  documentHash: Buffer.alloc(32),
  planVersion: 1,
  createdPayload: undefined,
  createdAtUs: 0,
  traceparent: "",
  nowUs: 0,
};

describe("the events of a run", () => {
  it("come with payloads that are too large for a page", async () => {
    const large = Buffer.from("x".repeat(3 << 20));
    const blobHash = createHash("sha256").update(large).digest();
    const transport = createRouterTransport(({ service }) => {
      service(StateService, {
        readEvents: () => ({
          lastSeq: 2,
          events: [
            { seq: 1, kind: 1, version: 1, payload: Buffer.from("{}") },
            { seq: 2, kind: 4, version: 1, blobHash },
          ],
        }),
        async *getBlob({ hash }) {
          assert.deepEqual(Buffer.from(hash), blobHash);
          yield { chunk: large.subarray(0, 1 << 20) };
          yield { chunk: large.subarray(1 << 20) };
        },
      });
    });
    const store = stateRunStore(createClient(StateService, transport));
    const sizes: number[] = [];
    for await (const { payload } of store.events(RUN, new AbortController().signal)) {
      sizes.push(payload.length);
    }
    assert.deepEqual(sizes, [2, large.length]);
  });
});
