import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { testDatabases } from "@orchestrator/postgres/testing";
import { RunState } from "@orchestrator/proto/state/v1/state_pb";

import { acked, assigned, createRun, openHarness, openLink, watchToEnd } from "./harness.ts";

for (const driver of testDatabases()) {
  describe(`a run on ${driver.name}`, () => {
    it("goes from its creation over an executor to whoever watches it", async () => {
      await using harness = await openHarness(driver);
      await using link = await openLink(harness, { credit: 5 });
      const run = await createRun(harness);
      const watching = watchToEnd(harness, [run]);
      const assign = await assigned(link);
      assert.deepEqual(assign.runId, run.runId);
      assert.equal(Buffer.from(assign.createdPayload).toString(), "created");
      link.bind(1, assign);
      link.append({ handle: 1, fromSeq: 1, events: [{ kind: 2 }] });
      await acked(link, 1, 2);
      link.append({
        handle: 1,
        fromSeq: 2,
        state: RunState.COMPLETED,
        events: [{ kind: 4 }, { kind: 10 }],
      });
      await acked(link, 1, 4);
      const watched = await watching;
      assert.deepEqual(
        watched.flatMap(({ events }) => events).map(({ seq, kind }) => [seq, kind]),
        [
          [1, 1],
          [2, 2],
          [3, 4],
          [4, 10],
        ],
      );
      assert.equal(watched.at(-1)?.state, RunState.COMPLETED);
      const { run: row } = await harness.state.getRun({ runId: run.runId });
      assert.equal(row?.state, RunState.COMPLETED);
      assert.equal(row?.lastSeq, 4);
    });
  });
}
