import { int, int2s, int4s, type Sql, type Statement, uuids } from "@orchestrator/postgres";

import type { Assignment } from "../../../services/state/src/assignment.ts";
import { KINDS_WITHOUT_PROGRESS } from "../../../services/state/src/event-kinds.ts";
import { STATUS } from "../../../services/state/src/run.ts";
import { CLAIM_NAMED } from "../../../services/state/src/sql/claim-named.ts";
import { CLAIM } from "../../../services/state/src/sql/claim.ts";
import { uuid } from "../../../services/state/src/sql/columns.ts";
import { GIVE_UP } from "../../../services/state/src/sql/give-up.ts";
import { LOCK_HOLDINGS } from "../../../services/state/src/sql/lock-holdings.ts";
import { RELEASE } from "../../../services/state/src/sql/release.ts";
import { TAKE_BACK } from "../../../services/state/src/sql/take-back.ts";
import { TAKE_OVER } from "../../../services/state/src/sql/take-over.ts";
import { WAKE_DUE } from "../../../services/state/src/sql/wake-due.ts";
import { bytesOf, type Effect, hexOf, type Operation } from "../operation.ts";
import { isLive, type ModelRun, runIds, withRun, type World } from "../world.ts";

/** Many: what a limit leaves out is a matter of its own. */
const MANY = 500;
const MAX_TAKEOVERS = 2;

/** A session takes ready runs. */
export function claim(session: number, limit: number = MANY): Operation {
  return {
    ...claiming(session, runIds),
    name: `claim by ${session}${limit === MANY ? "" : ` of ${limit}`}`,
    limit,
    perform: async (sql) => (await sql.query(CLAIM, [session, limit])).map(granted(session)),
  };
}

/** A session takes runs that it is told of. */
export function claimNamed(session: number, runs: readonly string[]): Operation {
  const named = uuids(runs.map(bytesOf));
  return {
    ...claiming(session, () => runs),
    name: `claim of named runs by ${session}`,
    perform: async (sql) =>
      (await sql.query(CLAIM_NAMED, [session, MANY, named])).map(granted(session)),
  };
}

/** A run as an executor believes to hold it. */
export type Held = { readonly run: string; readonly epoch: number; readonly lastSeq?: number };

/** A session gives runs back. */
export function release(session: number, held: readonly Held[]): Operation {
  return {
    ...freeing(session, held),
    name: `release by ${session} of epoch ${held.map(({ epoch }) => epoch).join(", ")}`,
    perform: async (sql) => (await sql.query(RELEASE, heldParams(session, held))).map(freed),
  };
}

/** The assignment was not taken up in time. */
export function takeBack(session: number, held: readonly Required<Held>[]): Operation {
  return {
    ...freeing(session, held),
    name: `take-back from ${session}`,
    perform: async (sql) =>
      (
        await sql.query(TAKE_BACK, [
          ...heldParams(session, held),
          int4s(held.map(({ lastSeq }) => lastSeq)),
        ])
      ).map(freed),
  };
}

/** A session says that it cannot run these: it counts like its death. */
export function giveUp(session: number, held: readonly Held[]): Operation {
  const byRun = new Map(held.map((each) => [each.run, each]));
  const possible = isHeld(session, byRun);
  return {
    name: `give-up by ${session} of epoch ${held.map(({ epoch }) => epoch).join(", ")}`,
    isTransaction: true,
    locks: "runs",
    async perform(sql) {
      const locked = await sql.query(LOCK_HOLDINGS, heldParams(session, held));
      const statuses = await sql.query(GIVE_UP, [uuids(locked), int2s(KINDS_WITHOUT_PROGRESS)]);
      return (await judgedHere(sql, statuses)).map(({ run, status }): Effect => {
        const epoch = byRun.get(run)?.epoch ?? 0;
        return { key: run, fact: { kind: "given_up", run, session, epoch, status } };
      });
    },
    keys: () => [...byRun.keys()],
    possible,
    apply: (world, { key, fact }) =>
      fact.kind === "given_up" && possible(world, key) ? judged(world, fact) : undefined,
  };
}

/** The sweep takes runs from dead sessions. */
export function takeOver(): Operation {
  return {
    name: "takeover",
    skips: true,
    neverWaits: true,
    isTransaction: true,
    async perform(sql) {
      const statuses = await sql.query(TAKE_OVER, [MANY, int2s(KINDS_WITHOUT_PROGRESS)]);
      return (await judgedHere(sql, statuses)).map(({ run, status }): Effect => {
        return { key: run, fact: { kind: "taken_over", run, status } };
      });
    },
    keys: runIds,
    possible: mayTakeOver,
    apply: (world, { key, fact }) =>
      fact.kind === "taken_over" && mayTakeOver(world, key) ? judged(world, fact) : undefined,
  };
}

/** The sweep wakes runs whose time has come. */
export function wakeDue(): Operation {
  return {
    name: "timer wake",
    skips: true,
    neverWaits: true,
    perform: async (sql) =>
      (await sql.query(WAKE_DUE, [MANY])).map((runId): Effect => {
        const run = hexOf(runId);
        return { key: run, fact: { kind: "woken", run } };
      }),
    keys: runIds,
    possible: mayWake,
    apply: (world, { key }) =>
      mayWake(world, key) ? withRun(world, key, { status: STATUS.ready, wake: "none" }) : undefined,
  };
}

type Judged = { readonly run: string; readonly status: number };

/** The runs that this transaction has written. */
const WRITTEN_HERE: Statement<Judged> = {
  name: "interleaving_written_here",
  text: `select run_id, status from state.run where xmin = pg_current_xact_id()::xid`,
  row: ([runId, status]) => ({ run: hexOf(uuid(runId)), status: int(status) }),
};

/** The statements say what became of how many runs, not of which; the rows say who wrote them. */
async function judgedHere(sql: Sql, statuses: readonly number[]): Promise<readonly Judged[]> {
  const written = await sql.query(WRITTEN_HERE);
  const told = statuses.toSorted(byNumber);
  const found = written.map(({ status }) => status).toSorted(byNumber);
  if (told.join() !== found.join()) {
    throw new Error(`runs are told to be ${told.join()}, and were made ${found.join()}`);
  }
  return written;
}

function byNumber(one: number, other: number): number {
  return one - other;
}

function mayTakeOver({ runs, sessions }: World, key: string): boolean {
  const run = runs.get(key);
  return run?.status === STATUS.running && sessions.get(run.session)?.state === "dead";
}

function mayWake({ runs }: World, key: string): boolean {
  const run = runs.get(key);
  return run?.status === STATUS.suspended && run.wake === "due";
}

function claiming(
  session: number,
  keys: Operation["keys"],
): Pick<Operation, "skips" | "keys" | "possible" | "apply"> {
  const possible = (world: World, key: string) =>
    isLive(world, session) && world.runs.get(key)?.status === STATUS.ready;
  return {
    skips: true,
    keys,
    possible,
    apply(world, { key, fact }) {
      const run = world.runs.get(key);
      if (run === undefined || !possible(world, key)) return undefined;
      const epoch = run.epoch + 1;
      if (fact.kind !== "granted" || fact.epoch !== epoch) return undefined;
      return withRun(world, key, { status: STATUS.running, session, epoch });
    },
  };
}

function granted(session: number): (assignment: Assignment) => Effect {
  return ({ runId, epoch }) => {
    const run = hexOf(runId);
    return { key: run, fact: { kind: "granted", run, session, epoch } };
  };
}

function freeing(
  session: number,
  held: readonly Held[],
): Pick<Operation, "locks" | "keys" | "possible" | "apply"> {
  const byRun = new Map(held.map((each) => [each.run, each]));
  const possible = isHeld(session, byRun);
  return {
    locks: "runs",
    keys: () => [...byRun.keys()],
    possible,
    apply(world, { key }) {
      const run = world.runs.get(key);
      return run !== undefined && possible(world, key)
        ? withRun(world, key, { status: STATUS.ready, session: 0, epoch: run.epoch + 1 })
        : undefined;
    },
  };
}

/** Whether a run is held as the session believes. */
function isHeld(session: number, byRun: ReadonlyMap<string, Held>): Operation["possible"] {
  return ({ runs }, key) => {
    const run = runs.get(key);
    const { epoch, lastSeq } = byRun.get(key) ?? {};
    return (
      run?.status === STATUS.running &&
      run.session === session &&
      run.epoch === epoch &&
      (lastSeq === undefined || run.events.length === lastSeq)
    );
  };
}

function heldParams(session: number, held: readonly Held[]) {
  const sorted = held.toSorted((one, other) => (one.run < other.run ? -1 : 1));
  return [
    session,
    uuids(sorted.map(({ run }) => bytesOf(run))),
    int4s(sorted.map(({ epoch }) => epoch)),
  ];
}

function freed(runId: Uint8Array): Effect {
  const run = hexOf(runId);
  return { key: run, fact: { kind: "freed", run } };
}

/** The world after a run was taken from its holder, if that is what becomes of it there. */
function judged(world: World, { run: id, status }: Judged): World | undefined {
  const run = world.runs.get(id);
  const changes = run === undefined ? undefined : judgement(run);
  return changes?.status === status ? withRun(world, id, changes) : undefined;
}

/** Three deaths without progress quarantine a run. */
function judgement(run: ModelRun): Partial<ModelRun> {
  const progress = run.events.map(({ kind }, index) =>
    KINDS_WITHOUT_PROGRESS.includes(kind) ? 1 : index + 1,
  );
  const seq = Math.max(...progress);
  const isStuck = seq <= run.progressSeq;
  return {
    status: isStuck && run.takeovers >= MAX_TAKEOVERS ? STATUS.quarantined : STATUS.ready,
    takeovers: isStuck ? run.takeovers + 1 : 0,
    progressSeq: seq,
    session: 0,
    epoch: run.epoch + 1,
  };
}
