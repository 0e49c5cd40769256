import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { describe, it } from "node:test";

import { Code, ConnectError } from "@connectrpc/connect";
import type { Database, Lane, LaneOptions } from "@orchestrator/postgres";
import { openPostgres } from "@orchestrator/postgres";
import { findPostgres, startPrivatePostgres, testDatabases } from "@orchestrator/postgres/testing";
import {
  RunCreated_Outcome as Outcome,
  RunState,
  Verdict,
} from "@orchestrator/proto/state/v1/state_pb";

import { MIGRATIONS } from "../src/start.ts";
import {
  createRun,
  createRuns,
  eventually,
  NAMESPACE,
  putDefinition,
  type Replica,
  startReplica,
} from "./harness.ts";
import { assigned, openLink, type TestLink } from "./link-harness.ts";

const STEPS = 12;
/** No session expires while a test lets its executor wait. */
const PATIENT = { leaseMs: 60_000, bindMs: 60_000, sweepMs: 100, drainMs: 0 };

for (const driver of testDatabases()) {
  describe(`lost replies on ${driver.name}`, () => {
    it("make no append and no run happen twice, nor any acknowledged one not at all", async () => {
      await using database = await driver.open([MIGRATIONS]);
      const lossy = new LosesReplies(database.db);
      await using replica = await startReplica(lossy, PATIENT);
      await putDefinition(replica.state);
      await using link = await openLink(replica, { credit: 20 });
      lossy.everyNth = 3;
      const requests = Array.from({ length: 20 }, () => ({ requestId: randomUUID() }));
      const outcomes = await createRuns(replica, requests);
      assert.ok(outcomes.every(({ outcome }) => outcome === Outcome.CREATED));
      await drive(link, { runs: 20, steps: STEPS });
      lossy.everyNth = 0;
      assert.ok(lossy.lost > 10);
      for (const { run } of outcomes) {
        await assertWhole(replica, run?.runId);
      }
      const { runs } = await replica.state.listRuns({ namespace: NAMESPACE, limit: 100 });
      assert.equal(runs.length, 20);
    });
  });
}

describe("a database server", { skip: findPostgres() === undefined }, () => {
  it("that is down when the service starts is waited for", async () => {
    await using server = await startPrivatePostgres();
    await server.stop("fast");
    await using database = await openPostgres({ url: server.url });
    await using replica = await startReplica(database);
    await assert.rejects(putDefinition(replica.state), isUnavailable);
    const [refused] = await createRuns(replica, [{}]);
    assert.equal(refused?.outcome, Outcome.UNAVAILABLE);
    await server.start();
    await eventually(async () => {
      try {
        await putDefinition(replica.state);
        return true;
      } catch (error) {
        assert.ok(isUnavailable(error));
        return undefined;
      }
    });
    assert.ok(await createRun(replica));
  });

  it("that crashes under appends loses none that was acknowledged, and doubles none", async () => {
    await using server = await startPrivatePostgres();
    await using database = await openPostgres({ url: server.url });
    await using replica = await startReplica(database, { ...PATIENT, patienceMs: 50 });
    await putDefinition(replica.state);
    await using link = await openLink(replica, { credit: 50 });
    const outcomes = await createRuns(
      replica,
      Array.from({ length: 50 }, () => ({})),
    );
    const driving = drive(link, { runs: 50, steps: 100 });
    for (let crash = 0; crash < 3; crash++) {
      await new Promise((resolve) => {
        setTimeout(resolve, 150);
      });
      await server.stop("immediate");
      await server.start();
    }
    await driving;
    for (const { run } of outcomes) {
      await assertWhole(replica, run?.runId, 100);
    }
  });
});

/** Takes up runs and appends to each, one event after the other, until it ends; again what found no database. */
async function drive(
  link: TestLink,
  { runs, steps }: { runs: number; steps: number },
): Promise<void> {
  await Promise.all(
    Array.from({ length: runs }, async (_, index) => {
      const handle = index + 1;
      link.bind(handle, await assigned(link, index));
      for (let seq = 1; seq <= steps; seq++) {
        const state = seq === steps ? RunState.COMPLETED : RunState.RUNNING;
        await appendUntilCommitted(link, { handle, fromSeq: seq, state });
      }
    }),
  );
}

async function appendUntilCommitted(
  link: TestLink,
  append: { handle: number; fromSeq: number; state: RunState },
): Promise<void> {
  const { handle, fromSeq } = append;
  let refusals = 0;
  link.append(append);
  for (;;) {
    const answer = await link.until(() => {
      if (link.committed.get(handle) === fromSeq + 1) return "committed";
      const found = link.refusals.filter(
        (each) => each.handle === handle && each.fromSeq === fromSeq,
      );
      return found.length > refusals ? found.at(-1) : undefined;
    });
    if (answer === "committed") return;
    assert.equal(answer.verdict, Verdict.UNAVAILABLE);
    refusals += 1;
    link.append(append);
  }
}

async function assertWhole(
  { state }: Pick<Replica, "state">,
  runId: Uint8Array | undefined,
  steps = STEPS,
): Promise<void> {
  assert.ok(runId);
  const { events } = await eventually(async () => {
    try {
      return await state.readEvents({ namespace: NAMESPACE, runId, limit: 1_000 });
    } catch (error) {
      assert.ok(isUnavailable(error));
      return undefined;
    }
  });
  assert.deepEqual(
    events.map(({ seq }) => seq),
    Array.from({ length: steps + 1 }, (_, i) => i + 1),
  );
  const { run } = await state.getRun({ runId });
  assert.equal(run?.state, RunState.COMPLETED);
}

function isUnavailable(error: unknown): boolean {
  return ConnectError.from(error).code === Code.Unavailable;
}

/** A database whose lanes lose replies: the statement is done, and whoever asked is told that the connection broke. */
class LosesReplies implements Database {
  readonly #db: Database;
  everyNth = 0;
  lost = 0;
  #asked = 0;

  constructor(db: Database) {
    this.#db = db;
  }

  get driver(): Database["driver"] {
    return this.#db.driver;
  }

  query: Database["query"] = (statement, params) => this.#db.query(statement, params);
  transaction: Database["transaction"] = (work) => this.#db.transaction(work);
  script: Database["script"] = (text) => this.#db.script(text);
  listen: Database["listen"] = (channel, onPayload) => this.#db.listen(channel, onPayload);

  openLane(options: LaneOptions): Lane {
    const lane = this.#db.openLane(options);
    return {
      query: async (statement, params) => {
        const rows = await lane.query(statement, params);
        this.#asked += 1;
        if (this.everyNth > 0 && this.#asked % this.everyNth === 0) {
          this.lost += 1;
          throw Object.assign(new Error("connection lost"), { code: "08006" });
        }
        return rows;
      },
      [Symbol.asyncDispose]: () => lane[Symbol.asyncDispose](),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
