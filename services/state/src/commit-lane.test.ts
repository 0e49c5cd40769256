import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { Append, AppendStore, Entry, Outcome, SecondLook } from "./append.ts";
import { CommitLane } from "./commit-lane.ts";
import { keyOf, type Status, STATUS } from "./run.ts";

describe("the commit lane", () => {
  it("commits what came while a batch was under way as the next one, each run once and in order", async () => {
    const store = new ScriptedStore();
    const lane = laneOver(store);
    const outcomes = [push(lane, append(3, 1)), push(lane, append(1, 1))];
    await store.asked(1);
    outcomes.push(push(lane, append(2, 1)), push(lane, append(1, 2)));
    store.answerAll();
    assert.deepEqual(await kindsOf(outcomes), Array(4).fill("committed"));
    assert.deepEqual(store.batches.map(runsOf), [
      [1, 3],
      [1, 2],
    ]);
  });

  it("joins appends of one run that extend each other, and settles each", async () => {
    const store = new ScriptedStore();
    const lane = laneOver(store);
    const outcomes = [push(lane, append(1, 1)), push(lane, append(1, 2)), push(lane, append(1, 3))];
    store.answerAll();
    assert.deepEqual(await kindsOf(outcomes), Array(3).fill("committed"));
    const [batch] = store.batches;
    assert.deepEqual(
      batch?.map(({ fromSeq, toSeq }) => [fromSeq, toSeq]),
      [[1, 4]],
    );
  });

  it("lets nothing join an append that ends or suspends a run", async () => {
    const store = new ScriptedStore();
    const lane = laneOver(store);
    const outcomes = [push(lane, append(1, 1, STATUS.suspended)), push(lane, append(1, 2))];
    store.answerAll();
    await kindsOf(outcomes);
    assert.deepEqual(
      store.batches.map((batch) => batch.length),
      [1, 1],
    );
  });

  it("takes no more than half of the held runs, and at least 128, at once", async () => {
    const store = new ScriptedStore();
    const lane = laneOver(store, { held: 400 });
    const outcomes = Array.from({ length: 300 }, (_, run) => push(lane, append(run, 1)));
    store.answerAll();
    await kindsOf(outcomes);
    assert.deepEqual(
      store.batches.map((batch) => batch.length),
      [200, 100],
    );
    const small = new ScriptedStore();
    const other = laneOver(small, { held: 2 });
    const more = Array.from({ length: 130 }, (_, run) => push(other, append(run, 1)));
    small.answerAll();
    await kindsOf(more);
    assert.deepEqual(
      small.batches.map((batch) => batch.length),
      [128, 2],
    );
  });

  it("acknowledges a replay, and tells the reason of every other refusal", async () => {
    const store = new ScriptedStore();
    store.verdicts.set(1, "duplicate").set(2, "stale").set(3, "inbox_ahead");
    const lane = laneOver(store);
    const outcomes = [1, 2, 3, 4].map((run) => push(lane, append(run, 1)));
    store.answerAll();
    assert.deepEqual(await kindsOf(outcomes), ["committed", "stale", "inbox_ahead", "committed"]);
  });

  it("tries joined appends apart when they are refused together", async () => {
    const store = new ScriptedStore();
    store.refuse = (entry) => entry.appends.length > 1;
    store.verdicts.set(1, "conflict");
    const lane = laneOver(store);
    const outcomes = [push(lane, append(1, 1)), push(lane, append(1, 2))];
    store.answerAll();
    assert.deepEqual(await kindsOf(outcomes), ["committed", "committed"]);
    assert.deepEqual(
      store.batches.map((batch) => batch.map(({ toSeq }) => toSeq)),
      [[3], [2], [3]],
    );
  });

  it("halves a batch that the store cannot take, until only the poisoned append is left", async () => {
    const store = new ScriptedStore();
    store.poison = new Set([5]);
    const lane = laneOver(store);
    const outcomes = Array.from({ length: 9 }, (_, run) => push(lane, append(run, 1)));
    store.answerAll();
    const kinds = await kindsOf(outcomes);
    assert.deepEqual(
      kinds,
      kinds.map((_, run) => (run === 5 ? "invalid" : "committed")),
    );
  });

  it("sends a batch again as it was while the store cannot be reached", async () => {
    const store = new ScriptedStore();
    store.failures = 2;
    const lane = laneOver(store);
    const outcome = push(lane, append(1, 1));
    store.answerAll();
    assert.deepEqual(await kindsOf([outcome]), ["committed"]);
    assert.equal(store.batches.length, 3);
  });

  it("says that nothing is known to be committed when the store stays away", async () => {
    const store = new ScriptedStore();
    store.failures = 100;
    const lane = laneOver(store, { patienceMs: 0 });
    const outcome = push(lane, append(1, 1));
    store.answerAll();
    assert.deepEqual(await kindsOf([outcome]), ["unavailable"]);
  });

  it("asks again when the store asks for the same, and looks again at a refusal without a reason", async () => {
    const store = new ScriptedStore();
    store.again = 1;
    store.refuse = () => store.batches.length < 4;
    store.verdicts.set(1, "retry");
    const lane = laneOver(store);
    const outcome = push(lane, append(1, 1));
    store.answerAll();
    assert.deepEqual(await kindsOf([outcome]), ["committed"]);
  });

  it("has room again once what waits has shrunk", async () => {
    const store = new ScriptedStore();
    const lane = laneOver(store);
    const outcome = push(lane, { ...append(1, 1), bytes: 100 << 20 });
    const room = Promise.race([lane.room(), store.asked(1).then(() => "full")]);
    assert.equal(await room, "full");
    store.answerAll();
    await outcome;
    await lane.room();
  });
});

/** A store that answers when it is told to, as its script says. */
class ScriptedStore implements AppendStore {
  readonly batches: (readonly Entry[])[] = [];
  readonly verdicts = new Map<number, SecondLook["verdict"]>();
  poison: ReadonlySet<number> = new Set();
  failures = 0;
  again = 0;
  refuse: (entry: Entry) => boolean = ({ runId }) => this.verdicts.has(runId[15] ?? 0);
  #answering: (() => void) | undefined;
  #waiting: Promise<void> = new Promise((resolve) => {
    this.#answering = resolve;
  });

  answerAll(): void {
    this.#answering?.();
    this.#waiting = Promise.resolve();
  }

  async asked(batches: number): Promise<void> {
    while (this.batches.length < batches) {
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
  }

  async append(batch: readonly Entry[]): ReturnType<AppendStore["append"]> {
    this.batches.push(batch);
    await this.#waiting;
    if (this.failures > 0) {
      this.failures -= 1;
      return { kind: "unavailable", cause: new Error("down") };
    }
    if (this.again > 0) {
      this.again -= 1;
      return { kind: "again" };
    }
    if (runsOf(batch).some((run) => this.poison.has(run))) {
      return { kind: "poisoned", cause: new Error("poisoned") };
    }
    const refused = batch.filter((entry) => this.refuse(entry)).map(({ runId }) => runId);
    return { kind: "done", atUs: 1, refused };
  }

  async look(refused: readonly Entry[]): ReturnType<AppendStore["look"]> {
    const looks = refused.map(({ runId }) => ({
      runId,
      verdict: this.verdicts.get(runId[15] ?? 0) ?? "retry",
      lastSeq: 1,
      inboxSeq: 0,
    }));
    return { kind: "done", looks };
  }
}

function laneOver(
  store: AppendStore,
  { held = 0, patienceMs = 1_000 }: { held?: number; patienceMs?: number } = {},
): CommitLane {
  return new CommitLane({
    store,
    held: () => held,
    patienceMs,
    signal: new AbortController().signal,
    observer: {
      committed: ignore,
      batch: ignore,
      fenced: ignore,
      poisoned: ignore,
      unavailable: ignore,
    },
  });
}

function append(run: number, fromSeq: number, status: Status = STATUS.running): Append {
  const runId = Buffer.alloc(16);
  runId.writeUInt16BE(run, 14);
  const event = { kind: 4, version: 1, step: "", attempt: 0, form: 0 as const };
  return {
    runId,
    sessionId: 1,
    epoch: 1,
    fromSeq,
    toSeq: fromSeq + 1,
    status,
    inboxSeq: 0,
    wakeAfterMs: 0,
    events: [{ ...event, digest: Buffer.alloc(8), payload: Buffer.alloc(1) }],
    bytes: 1,
  };
}

function push(lane: CommitLane, each: Append): Promise<Outcome> {
  return new Promise((resolve) => {
    lane.push(each, resolve);
  });
}

function runsOf(batch: readonly Entry[]): number[] {
  return batch.map(({ runId }) => Buffer.from(keyOf(runId), "latin1").readUInt16BE(14));
}

async function kindsOf(outcomes: readonly Promise<Outcome>[]): Promise<string[]> {
  return (await Promise.all(outcomes)).map((outcome) =>
    outcome.kind === "committed" ? outcome.kind : outcome.verdict,
  );
}

function ignore(): void {
  // The test looks at what the store was asked.
}
