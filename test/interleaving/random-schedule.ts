import { STATUS } from "../../services/state/src/run.ts";
import type { Connection } from "./connection.ts";
import type { Judge } from "./judge.ts";
import { sweep } from "./pair.ts";
import { pick, type Random, randomOperation } from "./random-operation.ts";
import type { Running, Stage } from "./stage.ts";
import { modelRun, modelSession, type World, worldOf } from "./world.ts";

/** What came of a random schedule; `trace` says what was done, in order. */
export type ScheduleVerdict = {
  readonly violations: readonly string[];
  readonly trace: readonly string[];
};

/** Plays operations at random on all connections but the first, then what the mesh does afterwards. */
export async function playSchedule(
  stage: Stage,
  { random, steps }: { random: Random; steps: number },
): Promise<ScheduleVerdict> {
  const start = startingWorld(random);
  const judge = await stage.reset(start);
  const schedule = new Schedule(stage, { judge, random });
  for (let step = 0; step < steps; step++) await schedule.step();
  await schedule.finish();
  await sweep(stage, judge);
  return { violations: await stage.verdict(judge, start), trace: schedule.trace };
}

const COMMITS = 0.8;

class Schedule {
  readonly trace: string[] = [];
  readonly #stage: Stage;
  readonly #judge: Judge;
  readonly #random: Random;
  readonly #worlds: World[] = [];
  readonly #running = new Map<Connection, Running>();
  readonly #finished = new Set<Running>();
  #count = 100;

  constructor(stage: Stage, { judge, random }: { judge: Judge; random: Random }) {
    this.#stage = stage;
    this.#judge = judge;
    this.#random = random;
    this.#worlds.push(judge.world);
  }

  /** Starts an operation on a connection that is free, or ends the transaction of one that is not and does not wait. */
  async step(): Promise<void> {
    const connection = pick(this.#random, this.#stage.players.slice(1));
    const running = this.#running.get(connection);
    if (running === undefined) {
      await this.#start(connection);
    } else if (this.#finished.has(running)) {
      await this.#end(running, this.#random() < COMMITS);
    }
    await this.#settle();
  }

  /** Commits what is open until nothing is. */
  async finish(): Promise<void> {
    while (this.#running.size > 0) {
      const [running] = this.#finished;
      if (running === undefined) {
        throw new Error("everybody waits and nobody is to go on");
      }
      await this.#end(running, true);
      await this.#settle();
    }
  }

  async #start(connection: Connection): Promise<void> {
    const operation = randomOperation(this.#random, {
      now: this.#judge.world,
      before: pick(this.#random, this.#worlds),
      next: () => (this.#count += 1),
    });
    this.trace.push(`${connection.pid} ${operation.name}`);
    const running = await this.#stage.start(this.#judge, { operation, connection });
    this.#running.set(connection, running);
  }

  async #end(running: Running, isToCommit: boolean): Promise<void> {
    this.#finished.delete(running);
    this.#running.delete(running.connection);
    this.trace.push(`${running.connection.pid} ${isToCommit ? "commit" : "rollback"}`);
    if (isToCommit) {
      await this.#stage.commit(this.#judge, running);
      this.#worlds.push(this.#judge.world);
    } else {
      await this.#stage.rollBack(this.#judge, running);
    }
  }

  /** Until everybody waits for a lock or has said what it did. */
  async #settle(): Promise<void> {
    for (const running of this.#running.values()) {
      if (this.#finished.has(running) || (await this.#stage.isWaiting(this.#judge, running)))
        continue;
      const effects = await running.effects;
      this.trace.push(
        `${running.connection.pid} did ${effects.map(({ key, fact }) => `${fact.kind} ${key}`).join(", ") || "nothing"}`,
      );
      this.#judge.finish(running.pending, effects);
      this.#finished.add(running);
    }
  }
}

/** In the order in which their rows lie: what locks them by number must not rely on it. */
const SESSIONS = [
  [1, 2, 3, 4],
  [4, 3, 2, 1],
] as const;

function startingWorld(random: Random): World {
  const runs = Array.from({ length: 3 }, (_, index) => {
    const id = (index + 1).toString(16).padStart(32, "0");
    return pick(random, [
      modelRun(id),
      modelRun(id, { status: STATUS.running, session: 1, epoch: 1 }),
      modelRun(id, { status: STATUS.running, session: 2, epoch: 3, takeovers: 2 }),
      modelRun(id, { status: STATUS.suspended, epoch: 2, wake: "due" }),
    ]);
  });
  return worldOf({
    runs,
    sessions: pick(random, SESSIONS).map((id) => modelSession(id)),
  });
}
