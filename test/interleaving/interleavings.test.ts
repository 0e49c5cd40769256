import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

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
import { MODES, playPair } from "./pair.ts";
import { canPause } from "./pausing.ts";
import { playSchedule } from "./random-schedule.ts";
import { SCENARIOS } from "./scenarios.ts";
import { Stage } from "./stage.ts";
import { modelRun, modelSession, worldOf } from "./world.ts";

const PLAYERS = 5;
const RANDOM_SCHEDULES = 150;
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
    console.log(`${schedules} schedules (${waits} with a wait), ${found.length} violations`);
  });

  /** One violation is enough of a mutant; of the product, all are wanted. */
  const isOver = () => mutant !== undefined && found.length > 0;
  const note = (schedule: string, violations: readonly string[]): readonly string[] => {
    schedules += 1;
    const told = violations.map((violation) => `${schedule}: ${violation}`);
    found.push(...told);
    return told;
  };
  /** A statement that fails where none may is a violation too. */
  const violationsOf = async (
    play: () => Promise<{ readonly violations: readonly string[] }>,
  ): Promise<readonly string[]> => {
    try {
      return (await play()).violations;
    } catch (error) {
      await Promise.all(stage.players.map((player) => player.command("rollback")));
      return [error instanceof Error ? error.message : String(error)];
    }
  };

  for (const scenario of SCENARIOS) {
    for (const mode of MODES) {
      it(`${scenario.name}: each with each, ${mode}`, async (test) => {
        if (isOver()) return test.skip("killed");
        const told: string[] = [];
        for (const first of scenario.operations.filter(
          (each) => mode !== "stale" || canPause(each),
        )) {
          for (const second of scenario.operations) {
            const pair = `${first.name} x ${second.name}, ${mode}`;
            const violations = await violationsOf(async () => {
              const verdict = await playPair(stage, scenario.world, { first, second, mode });
              waits += Number(verdict.waited);
              return verdict;
            });
            told.push(...note(pair, violations));
            if (isOver()) break;
          }
          if (isOver()) break;
        }
        assert.deepEqual(told.slice(0, SHOWN), []);
      });
    }
  }

  for (const [operation, world] of lostReplies()) {
    it(`${operation.name} whose reply is lost is there once when it is sent again`, async (test) => {
      if (isOver()) return test.skip("killed");
      const told: string[] = [];
      for (const during of ["statement", "commit"] as const) {
        for (let turn = 0; turn < LOST_REPLIES && !isOver(); turn++) {
          const violations = await violationsOf(async () =>
            playLostReply(stage, {
              world,
              operation,
              connection: await Connection.open(urlOf(database), mutate),
              during,
              afterMs: turn % 3,
            }),
          );
          told.push(...note(`${operation.name}, cut during its ${during}`, violations));
        }
      }
      assert.deepEqual(told.slice(0, SHOWN), []);
    });
  }

  it(`random schedules on ${PLAYERS - 1} connections, seeds from ${seed}`, async (test) => {
    if (isOver()) return test.skip("killed");
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
