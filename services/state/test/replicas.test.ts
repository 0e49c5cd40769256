import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { openTestDatabase, testPostgresUrl } from "@orchestrator/postgres/testing";
import { MessageKind, RunState } from "@orchestrator/proto/state/v1/state_pb";
import { openWakeups, type Wakeups } from "@orchestrator/redis";

import { MIGRATIONS } from "../src/start.ts";
import { createRun, NAMESPACE, putDefinition, startReplica, watchToEnd } from "./harness.ts";
import { acked, assigned, openLink } from "./link-harness.ts";

/** So seldom do they look by themselves that only hints explain what happens sooner. */
const SELDOM = { sweepMs: 60_000, leaseMs: 600_000, bindMs: 60_000, drainMs: 0 };
const url = testPostgresUrl();

describe("two replicas", { skip: url === undefined }, () => {
  for (const [name, open] of [
    ["NOTIFY", async () => undefined],
    ["wake-ups", () => openWakeups({})],
  ] as const) {
    it(
      `tell each other by ${name} what is ready, committed and sent`,
      { timeout: 20_000 },
      async () => {
        assert.ok(url);
        const wakeups: Wakeups | undefined = await open();
        await using database = await openTestDatabase({ url, migrations: [MIGRATIONS] });
        const stores = wakeups === undefined ? {} : { wakeups };
        await using one = await startReplica(database.db, SELDOM, stores);
        await using other = await startReplica(database.db, SELDOM, stores);
        await putDefinition(one.state);
        await using link = await openLink(other, { credit: 1 });
        // The link is open once its session is known there.
        await new Promise((resolve) => {
          setTimeout(resolve, 300);
        });
        const run = await createRun(one);
        const watching = watchToEnd(one, [run]);
        link.bind(1, await assigned(link));
        const { runId } = run;
        await one.state.sendMessage({
          namespace: NAMESPACE,
          runId,
          kind: MessageKind.CANCEL,
          dedupeKey: "1",
        });
        await link.until((heard) => heard.flatMap(({ deliveries }) => deliveries)[0]);
        link.append({ handle: 1, fromSeq: 1, events: [{}, {}], inboxSeq: 1 });
        await acked(link, 1, 3);
        link.append({ handle: 1, fromSeq: 3, state: RunState.CANCELLED, inboxSeq: 1 });
        const watched = await watching;
        assert.deepEqual(
          watched.flatMap(({ events }) => events).map(({ seq }) => seq),
          [1, 2, 3, 4],
        );
        await wakeups?.[Symbol.asyncDispose]();
      },
    );
  }

  it("let an executor whose replica is gone go on over the other, and nobody takes its run", async () => {
    assert.ok(url);
    await using database = await openTestDatabase({ url, migrations: [MIGRATIONS] });
    await using one = await startReplica(database.db, SELDOM);
    await using other = await startReplica(database.db, SELDOM);
    await putDefinition(one.state);
    const link = await openLink(one, { credit: 1 });
    const run = await createRun(one);
    const assign = await assigned(link);
    link.bind(1, assign);
    link.append({ handle: 1, fromSeq: 1 });
    await acked(link, 1, 2);
    await link[Symbol.asyncDispose]();
    await using moved = await openLink(other, { sessionId: link.sessionId });
    moved.bind(1, { ...assign, lastSeq: 2 });
    moved.append({ handle: 1, fromSeq: 2, state: RunState.COMPLETED });
    await acked(moved, 1, 3);
    const { run: row } = await one.state.getRun({ runId: run.runId });
    assert.deepEqual([row?.state, row?.epoch, row?.lastSeq], [RunState.COMPLETED, 1, 3]);
  });
});
