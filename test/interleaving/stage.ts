import type { Sql } from "@orchestrator/postgres";

import { Connection } from "./connection.ts";
import { brokenInvariants } from "./invariants.ts";
import { Judge, type Pending } from "./judge.ts";
import type { Mutate } from "./mutants.ts";
import type { Effect, Lockable, Operation } from "./operation.ts";
import { differences, dump, prepare, reset } from "./store.ts";
import type { World } from "./world.ts";

/** An operation that was started and may wait for a lock. */
export type Running = {
  readonly pending: Pending;
  readonly connection: Connection;
  readonly effects: Promise<readonly Effect[]>;
  isDone: boolean;
};

/** A database, and connections to it that schedules play on. */
export class Stage implements AsyncDisposable {
  readonly players: readonly Connection[];
  readonly #monitor: Connection;

  private constructor(monitor: Connection, players: readonly Connection[]) {
    this.#monitor = monitor;
    this.players = players;
  }

  static async open(
    url: string,
    { mutate, players, ddl }: { mutate: Mutate; players: number; ddl: string | undefined },
  ): Promise<Stage> {
    const monitor = await Connection.open(url, mutate);
    if (ddl !== undefined) await monitor.command(ddl);
    await prepare(monitor);
    const opened = Array.from({ length: players }, () => Connection.open(url, mutate));
    return new Stage(monitor, await Promise.all(opened));
  }

  /** The player of a place. */
  player(index: number): Connection {
    const found = this.players[index];
    if (found === undefined) {
      throw new Error(`there is no player ${index}`);
    }
    return found;
  }

  async reset(world: World): Promise<Judge> {
    await reset(this.#monitor, world);
    return new Judge(world);
  }

  /** Begins a transaction and starts the operation in it. */
  async start(
    judge: Judge,
    {
      operation,
      connection,
      sql = connection,
    }: { operation: Operation; connection: Connection; sql?: Sql },
  ): Promise<Running> {
    await connection.command("begin");
    const pending = judge.begin(operation);
    const effects = operation.perform(sql);
    const running: Running = { pending, connection, effects, isDone: false };
    const noteDone = (): void => {
      running.isDone = true;
    };
    // Whoever awaits the effects hears of a failure.
    effects.then(noteDone, noteDone);
    return running;
  }

  /** Whether it waits for another transaction or has said what it did: one of them is so in the end. */
  async isWaiting(judge: Judge, running: Running): Promise<boolean> {
    while (!running.isDone) {
      const [blocked] = await this.#monitor.query(BLOCKED, [running.connection.pid]);
      if (blocked === true && !running.isDone) {
        const { name, neverWaits } = running.pending.operation;
        if (neverWaits === true) judge.blame(`${name} waits for another transaction`);
        return true;
      }
    }
    return false;
  }

  /** Plays an operation as a transaction that nothing else overlaps. */
  async playAlone(judge: Judge, operation: Operation): Promise<void> {
    const connection = this.player(0);
    if (operation.isTransaction === true) await connection.command("begin");
    const pending = judge.begin(operation);
    judge.finish(pending, await operation.perform(connection));
    if (operation.isTransaction === true) await connection.command("commit");
    judge.commit(pending);
    await this.look(judge, { pending, connection });
  }

  /** Commits, and then asks about what was left undone, as the service does. */
  async commit(judge: Judge, { pending, connection }: Running): Promise<void> {
    await connection.command("commit");
    judge.commit(pending);
    await this.look(judge, { pending, connection });
  }

  async look(
    judge: Judge,
    { pending, connection }: Pick<Running, "pending" | "connection">,
  ): Promise<void> {
    const { operation, effects } = pending;
    const done = new Set(effects.map(({ key }) => key));
    const refused = operation.keys(judge.world).filter((key) => !done.has(key));
    if (operation.look !== undefined && refused.length > 0) {
      judge.looked(pending, await operation.look(connection, refused));
    }
  }

  async rollBack(judge: Judge, { pending, connection }: Running): Promise<void> {
    await connection.command("rollback");
    judge.rollBack(pending);
  }

  /** Compares the tables with the model, and both with the invariants. */
  async verdict(judge: Judge, start: World): Promise<readonly string[]> {
    const rows = await dump(this.#monitor);
    return [
      ...judge.violations,
      ...differences(rows, judge.world),
      ...brokenInvariants(start, { committed: judge.committed, rows }),
    ];
  }

  /** Where the tables are not what the model says, once the server has done with a connection that was cut. */
  async differencesAfter(cut: Connection, world: World): Promise<readonly string[]> {
    while ((await this.#monitor.query(IS_THERE, [cut.pid])).length > 0);
    return differences(await dump(this.#monitor), world);
  }

  /** Stops whoever comes to the pause, until it is released. */
  async holdPause(): Promise<() => Promise<void>> {
    await this.#monitor.command(`select pg_advisory_lock(${PAUSE_LOCK})`);
    return async () => {
      await this.#monitor.command(`select pg_advisory_unlock(${PAUSE_LOCK})`);
    };
  }

  /** Holds the second row of a kind, until it is let go. */
  async holdSecond(rows: Lockable): Promise<() => Promise<void>> {
    const holder = this.player(BYSTANDER);
    await holder.command("begin");
    await holder.command(SECOND_ROW[rows]);
    return async () => {
      await holder.command("rollback");
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(
      [this.#monitor, ...this.players].map((connection) => connection[Symbol.asyncDispose]()),
    );
  }
}

/** Held by the stage while a statement is to pause between its snapshot and its first lock. */
export const PAUSE_LOCK = 4711;

/** Who plays no operation in a pair. */
const BYSTANDER = 3;

const SECOND_ROW = {
  runs: `
select from state.run where run_id = (select run_id from state.run order by run_id offset 1 limit 1)
for update`,
  sessions: `
select from state.session_beat
where session_id = (select session_id from state.session_beat order by session_id offset 1 limit 1)
for update`,
} as const;

const IS_THERE = {
  name: "interleaving_is_there",
  text: "select from pg_stat_activity where pid = $1::int4",
  row: () => true,
};

const BLOCKED = {
  name: "interleaving_blocked",
  text: "select cardinality(pg_blocking_pids($1::int4)) > 0",
  row: ([blocked]: readonly unknown[]): boolean => blocked === true,
};
