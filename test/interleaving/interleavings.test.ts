import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { sqlStateOf } from "@orchestrator/postgres";
import {
  findPostgres,
  openTestDatabase,
  startPrivatePostgres,
  type TestDatabase,
  testPostgresUrl,
} from "@orchestrator/postgres/testing";

import { MIGRATIONS } from "../../services/state/src/migrations.ts";
import { STATUS } from "../../services/state/src/run.ts";
import { seededRandom } from "../chaos/random.ts";
import { Connection } from "./connection.ts";
import { playLostReply } from "./lost-reply.ts";
import { IMPLIED, mutantNamed, MUTANTS, mutateBy, UNCHANGED } from "./mutants.ts";
import type { Operation } from "./operation.ts";
import { appendBatch, appendOne } from "./operations/appending.ts";
import { create, send } from "./operations/requests.ts";
import { type Mode, MODES, type Pair, playPair } from "./pair.ts";
import { canPause } from "./pausing.ts";
import { playSchedule } from "./random-schedule.ts";
import { SCENARIOS } from "./scenarios.ts";
import { Stage } from "./stage.ts";
import { modelRun, modelSession, worldOf } from "./world.ts";

const PLAYERS = 5;
const RANDOM_SCHEDULES = 100;
const STEPS = 40;
const LOST_REPLIES = 6;
const SHOWN = 10;

const seed = Number(process.env["SEED"] ?? "1");
const mutant = process.env["MUTANT"] ? mutantNamed(process.env["MUTANT"]) : undefined;
const mutate = mutant === undefined ? UNCHANGED : mutateBy(mutant);
const isLeftOut = testPostgresUrl() === undefined && findPostgres() === undefined;

describe("statements that race", { skip: isLeftOut && "no PostgreSQL is installed" }, () => {
  const opened: AsyncDisposable[] = [];
  let database: TestDatabase & { readonly url: string | undefined };
  let stage: Stage;
  let schedules = 0;
  let waits = 0;
  let inDoubt = 0;
  let isBroken = false;
  const found: string[] = [];

  before(async () => {
    const server = testPostgresUrl() === undefined ? await startPrivatePostgres() : undefined;
    if (server !== undefined) opened.unshift(server);
    const url = testPostgresUrl() ?? server?.url ?? "";
    database = await openTestDatabase({ url, migrations: [MIGRATIONS] });
    opened.unshift(database);
    stage = await Stage.open(urlOf(database), { mutate, players: PLAYERS, ddl: mutant?.ddl });
    opened.unshift(stage);
  });
  after(async () => {
    for (const each of opened) await each[Symbol.asyncDispose]();
    console.log(
      `${schedules} schedules (${waits} pairs with a wait, ${inDoubt} lost replies to what was committed), seed ${seed}: ${found.length} violations`,
    );
  });

  /** One violation is enough of a mutant; of the product, all are wanted. */
  const isOver = () => isBroken || (mutant !== undefined && found.length > 0);
  const note = (schedule: string, violations: readonly string[]): readonly string[] => {
    schedules += 1;
    const told = violations.map((violation) => `${schedule}: ${violation}`);
    if (found.length === 0 && mutant !== undefined && told[0] !== undefined) {
      console.log(`killed by ${told[0]}`);
    }
    found.push(...told);
    return told;
  };
  /**
   * A statement that breaks a constraint is a violation too, and so is a deadlock; any other failure is one of the
   * suite. Of a mutant a broken constraint says too little: the second net held, and the fence is still to be missed.
   */
  const violationsOf = async (
    play: () => Promise<{ readonly violations: readonly string[] }>,
  ): Promise<readonly string[]> => {
    try {
      return (await play()).violations;
    } catch (error) {
      await Promise.all(stage.players.map((player) => player.command("rollback")));
      if (!/^(23|40)/.test(sqlStateOf(error) ?? "")) {
        isBroken = true;
        throw error;
      }
      if (mutant !== undefined && sqlStateOf(error)?.startsWith("23") === true) return [];
      return [error instanceof Error ? error.message : String(error)];
    }
  };

  for (const { name, world, operations } of SCENARIOS) {
    /** The pairs whose second waited for its first. */
    const waiting = new Set<string>();
    for (const mode of MODES) {
      it(`${name}: each with each, ${mode}`, async (test) => {
        if (isOver()) return test.skip("it is over");
        const told: string[] = [];
        for (const pair of pairsOf(operations, { mode, waiting })) {
          const violations = await violationsOf(async () => {
            const verdict = await playPair(stage, world, pair);
            waits += Number(verdict.waited);
            if (mode === "held" && verdict.waited) waiting.add(nameOf(pair));
            return verdict;
          });
          told.push(...note(`${name}: ${nameOf(pair)}, ${mode}`, violations));
          if (isOver()) break;
        }
        assert.deepEqual(told.slice(0, SHOWN), []);
      });
    }
  }

  for (const [operation, world] of lostReplies()) {
    it(`${operation.name} whose reply is lost is there once when it is sent again`, async (test) => {
      if (isOver()) return test.skip("it is over");
      const told: string[] = [];
      for (const during of ["statement", "commit"] as const) {
        for (let turn = 0; turn < LOST_REPLIES && !isOver(); turn++) {
          const violations = await violationsOf(async () => {
            const connection = await Connection.open(urlOf(database), mutate);
            const lost = { world, operation, connection, during, afterMs: turn % 3 };
            const verdict = await playLostReply(stage, lost);
            inDoubt += Number(verdict.wasCommitted);
            return verdict;
          });
          told.push(...note(`${operation.name}, cut during its ${during}`, violations));
        }
      }
      assert.deepEqual(told.slice(0, SHOWN), []);
    });
  }

  it(`random schedules on ${PLAYERS - 1} connections, seeds from ${seed}`, async (test) => {
    if (isOver()) return test.skip("it is over");
    const told: string[] = [];
    for (let index = 0; index < RANDOM_SCHEDULES && !isOver(); index++) {
      const random = seededRandom(seed + index);
      const violations = await violationsOf(async () => {
        const verdict = await playSchedule(stage, { random, steps: STEPS });
        return verdict.violations.length === 0
          ? verdict
          : { violations: [...verdict.violations, ...verdict.trace] };
      });
      told.push(...note(`seed ${seed + index}`, violations));
    }
    assert.deepEqual(told.slice(0, SHOWN * STEPS), []);
  });

  it("is run without every fence that is named, whose texts are all there", () => {
    for (const each of [...MUTANTS, ...IMPLIED]) mutateBy(each);
  });
});

function urlOf({ url }: { readonly url: string | undefined }): string {
  if (url === undefined) {
    throw new Error("the database has no address");
  }
  return url;
}

/** Each with each, as far as the mode says something new of them. */
function* pairsOf(
  operations: readonly Operation[],
  { mode, waiting }: { mode: Mode; waiting: ReadonlySet<string> },
): Iterable<Pair> {
  for (const first of operations) {
    for (const second of operations) {
      const pair = { first, second, mode };
      const isNew = {
        serial: true,
        held: true,
        undone: waiting.has(nameOf(pair)),
        stale: canPause(first),
        queued: first.locks !== undefined && first.locks === second.locks,
      };
      if (isNew[mode]) yield pair;
    }
  }
}

function nameOf({ first, second }: Pair): string {
  return `${first.name} x ${second.name}`;
}

function lostReplies() {
  const one = "1".padStart(32, "0");
  const other = "2".padStart(32, "0");
  const runs = [one, other].map((id) =>
    modelRun(id, { status: STATUS.running, session: 1, epoch: 1 }),
  );
  const world = worldOf({ runs, sessions: [modelSession(1)] });
  const mine = { session: 1, epoch: 1, fromSeq: 1 };
  const operations: readonly Operation[] = [
    appendOne("append", { ...mine, run: one }),
    appendBatch("append", [
      { ...mine, run: one, events: 2 },
      { ...mine, run: other, status: STATUS.completed },
    ]),
    appendOne("end", { ...mine, run: one, status: STATUS.completed }),
    send(one, { kind: "cancel", key: "c" }),
    create("one", [{ request: "q", digest: 1, run: "3".padStart(32, "0") }]),
    create("two", [
      { request: "q", digest: 1, run: "3".padStart(32, "0"), session: 1 },
      { request: "p", digest: 1, run: "4".padStart(32, "0") },
    ]),
  ];
  return operations.map((operation) => [operation, world] as const);
}
