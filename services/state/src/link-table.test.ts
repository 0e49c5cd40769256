import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { AppendRow } from "./append-columns.ts";
import type { Append, Refusal } from "./append.ts";
import type { Assignment, AssignmentStore, HeldRun, Holding } from "./assignment.ts";
import type { LinkFrame } from "./link-frame.ts";
import { LinkTable } from "./link-table.ts";
import type { Link, LinkWork } from "./link.ts";
import { STATUS } from "./run.ts";

describe("the table of links", () => {
  it("leaves a run with its holder when a former one takes it up late, under an older epoch", async () => {
    const { table, store, pushed, settle } = tableOver();
    const late = linkOf(table, 1);
    const holder = linkOf(table, 2);
    table.assign(holder.link, assignment(3));
    holder.link.work({ ...NOTHING, binds: [{ ...run(3), handle: 1, lastSeq: 1 }] });
    store.stored.set(2, [{ ...run(3), lastSeq: 1, inboxSeq: 0 }]);
    late.link.work({ ...NOTHING, binds: [{ ...run(1), handle: 1, lastSeq: 1 }] });
    await settle();
    assert.deepEqual(late.heard(), ["revoked 1"]);
    holder.link.work({ ...NOTHING, appends: [row(1)] });
    await settle();
    assert.deepEqual(holder.heard(), ["assigned 3"]);
    assert.deepEqual(
      pushed.map(({ sessionId, epoch }) => [sessionId, epoch]),
      [[2, 3]],
    );
    assert.equal(table.carried, 1);
  });

  it("takes nothing from an executor that is being given again what it says that it holds", async () => {
    const { table, store, settle } = tableOver();
    const { link, heard } = linkOf(table, 1);
    store.stored.set(1, [{ ...run(1), lastSeq: 1, inboxSeq: 0 }]);
    table.assign(link, assignment(1));
    link.work({ ...NOTHING, held: [run(1)] });
    await settle();
    assert.deepEqual(heard(), ["assigned 1"]);
  });
});

describe("a link", () => {
  it("takes a run from its holder when what that appends can never be committed (I10)", async () => {
    const { table, store, settle } = tableOver({ verdict: "invalid" });
    const { link, heard } = linkOf(table, 1);
    store.stored.set(1, [{ ...run(1), lastSeq: 1, inboxSeq: 0 }]);
    link.work({ ...NOTHING, binds: [{ ...run(1), handle: 1, lastSeq: 1 }], appends: [row(1)] });
    await settle();
    assert.deepEqual(heard(), ["refused invalid"]);
    assert.deepEqual(store.givenUp, [1]);
    assert.equal(table.carried, 0);
  });

  it("leaves a run with its holder while the store cannot be reached", async () => {
    const { table, store, settle } = tableOver({ verdict: "unavailable" });
    const { link } = linkOf(table, 1);
    store.stored.set(1, [{ ...run(1), lastSeq: 1, inboxSeq: 0 }]);
    link.work({ ...NOTHING, binds: [{ ...run(1), handle: 1, lastSeq: 1 }], appends: [row(1)] });
    await settle();
    assert.deepEqual(store.givenUp, []);
    assert.equal(table.carried, 1);
  });
});

const RUN_ID = Buffer.alloc(16, 7);

const NOTHING: LinkWork = {
  binds: [],
  appends: [],
  released: [],
  givenUp: [],
  credit: 0,
  wanted: [],
  held: undefined,
};

function run(epoch: number): Holding {
  return { runId: RUN_ID, epoch };
}

function assignment(epoch: number): Assignment {
  return {
    ...run(epoch),
    lastSeq: 1,
    inboxSeq: 0,
    namespace: "test",
    documentHash: Buffer.alloc(32),
    planVersion: 1,
    createdPayload: undefined,
    createdAtUs: 0,
    traceparent: "",
    nowUs: 0,
  };
}

function row(handle: number): AppendRow {
  const payload = Buffer.from("event");
  const event = { kind: 4, version: 1, step: "", attempt: 0, form: 0 as const, payload };
  return {
    handle,
    fromSeq: 1,
    status: STATUS.running,
    inboxSeq: 0,
    wakeAfterMs: 0,
    bytes: payload.length,
    events: [{ ...event, digest: Buffer.alloc(8) }],
  };
}

/** Knows which runs sessions hold. */
class HeldByHand implements AssignmentStore {
  readonly stored = new Map<number, readonly HeldRun[]>();
  /** Epochs under which the run was given up. */
  readonly givenUp: number[] = [];

  async held(sessionId: number) {
    return this.stored.get(sessionId) ?? [];
  }

  async confirm(sessionId: number, holdings: readonly Holding[]) {
    const stored = await this.held(sessionId);
    return stored.filter(({ epoch }) => holdings.some((holding) => holding.epoch === epoch));
  }

  liveSession = async () => undefined;
  claim = async () => [];
  claimNamed = async () => [];
  release = async () => [];

  async giveUp(_: number, holdings: readonly Holding[]) {
    this.givenUp.push(...holdings.map(({ epoch }) => epoch));
    return { ready: holdings.length, quarantined: 0 };
  }
  takeBack = async () => [];
  assignments = async () => [];
}

/** A table whose appends are all refused with a verdict, if one is given; else they stay unanswered. */
function tableOver({ verdict }: { verdict?: Refusal } = {}) {
  const store = new HeldByHand();
  const pushed: Append[] = [];
  const background: Promise<void>[] = [];
  const table = new LinkTable({
    lane: {
      push(append, settle) {
        pushed.push(append);
        if (verdict !== undefined) settle({ kind: "refused", verdict, lastSeq: 0, inboxSeq: 0 });
      },
    },
    store,
    readInbox: async () => [],
    ready: () => undefined,
    gaveUp: () => undefined,
    hungry: () => undefined,
    background: (_, work) => background.push(work()),
    monotonicMs: () => 0,
    bindMs: 3_000,
  });
  const settle = async (): Promise<void> => {
    while (background.length > 0) await Promise.all(background.splice(0));
    // What a link says leaves at the end of a turn.
    await new Promise((resolve) => {
      setImmediate(() => setImmediate(resolve));
    });
  };
  return { table, store, pushed, settle };
}

function linkOf(table: LinkTable, sessionId: number): { link: Link; heard: () => string[] } {
  const frames: LinkFrame[] = [];
  const link = table.open({
    sessionId,
    offers: new Set(),
    takesAny: true,
    credit: 1,
    send: (frame) => frames.push(frame),
  });
  const heard = (): string[] =>
    frames.flatMap(({ assigns, refusals, revoked }) =>
      assigns
        .map(({ epoch }) => `assigned ${epoch}`)
        .concat(refusals.map(({ verdict }) => `refused ${verdict}`))
        .concat(revoked.map(({ epoch }) => `revoked ${epoch}`)),
    );
  return { link, heard };
}
