import type { Sql } from "@orchestrator/postgres";

import type { AppendEvent, Entry } from "../../../services/state/src/append.ts";
import { KINDS_WITHOUT_PROGRESS } from "../../../services/state/src/event-kinds.ts";
import { type Status, STATUS } from "../../../services/state/src/run.ts";
import { APPEND_ONE, appendOneParams } from "../../../services/state/src/sql/append-one.ts";
import { APPEND_VERDICTS, verdictParams } from "../../../services/state/src/sql/append-verdicts.ts";
import { APPEND, appendParams } from "../../../services/state/src/sql/append.ts";
import { bytesOf, type Effect, hexOf, type Operation } from "../operation.ts";
import { type ModelRun, withRun, type World } from "../world.ts";

/** An append as schedules write it down. */
export type AppendInit = {
  readonly run: string;
  readonly session: number;
  readonly epoch: number;
  readonly fromSeq: number;
  readonly events?: number;
  /** Tells appends with the same place apart. */
  readonly mark?: number;
  readonly kind?: number;
  readonly status?: Status;
  readonly inboxSeq?: number;
  readonly wakes?: boolean;
};

/** One event in the statement of its own that a lone append takes. */
export function appendOne(name: string, init: AppendInit): Operation {
  const entry = entryOf(init);
  if (entry.toSeq !== entry.fromSeq + 1) {
    throw new Error(`${name} has more than one event`);
  }
  return {
    ...judgement([init]),
    name: `${name} (one)`,
    async perform(sql) {
      const [event] = entry.appends.flatMap(({ events }) => events);
      if (event === undefined) {
        throw new Error("an append has no event");
      }
      const rows = await sql.query(APPEND_ONE, appendOneParams(entry, event));
      return rows.map(() => effectOf(entry));
    },
  };
}

/** A batch of appends, each of another run. */
export function appendBatch(name: string, inits: readonly AppendInit[]): Operation {
  const sorted = inits.toSorted((one, other) => (one.run < other.run ? -1 : 1));
  const entries = sorted.map(entryOf);
  return {
    ...judgement(sorted),
    name: `${name} (batch)`,
    locks: "runs",
    async perform(sql) {
      const refused = new Set<string>();
      for (const row of await sql.query(APPEND, appendParams(entries))) {
        if ("refused" in row) refused.add(hexOf(row.refused));
      }
      return entries.filter(({ runId }) => !refused.has(hexOf(runId))).map(effectOf);
    },
  };
}

/** An hour: no schedule takes as long. */
const LATER_MS = 3_600_000;
/** An event that is progress. */
const STEP_DONE = 4;

function entryOf(init: AppendInit): Entry {
  const { fromSeq, status = STATUS.running, inboxSeq = 0, wakes = false } = init;
  const events = eventsOf(init).map(({ kind, digest }): AppendEvent => ({
    kind,
    version: 1,
    step: "s",
    attempt: 1,
    digest: digestBytes(digest),
    form: 0,
    payload: Buffer.from("{}"),
  }));
  return {
    runId: bytesOf(init.run),
    sessionId: init.session,
    epoch: init.epoch,
    fromSeq,
    toSeq: fromSeq + events.length,
    status,
    inboxSeq,
    wakeAfterMs: wakes ? LATER_MS : 0,
    appends: [{ events }],
    bytes: 2 * events.length,
  };
}

/** The digest is over what came before too, so the place is part of it. */
function eventsOf({ fromSeq, events = 1, mark = 1, kind = STEP_DONE }: AppendInit) {
  return Array.from({ length: events }, (_, index) => ({
    kind,
    digest: mark * 1000 + fromSeq * 10 + index,
  }));
}

function digestBytes(digest: number): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(digest));
  return bytes;
}

function effectOf(entry: Entry): Effect {
  const { runId, sessionId: session, epoch, fromSeq, toSeq, status, inboxSeq, appends } = entry;
  const run = hexOf(runId);
  const isProgress = appends.some(({ events }) =>
    events.some(({ kind }) => !KINDS_WITHOUT_PROGRESS.includes(kind)),
  );
  const place = { run, session, epoch, fromSeq, toSeq };
  return { key: run, fact: { kind: "appended", ...place, status, inboxSeq, isProgress } };
}

function judgement(inits: readonly AppendInit[]): Omit<Operation, "name" | "perform"> {
  const byRun = new Map(inits.map((init) => [init.run, init]));
  const find = (key: string) => {
    const init = byRun.get(key);
    if (init === undefined) {
      throw new Error(`nothing was appended to ${key}`);
    }
    return init;
  };
  return {
    keys: () => [...byRun.keys()],
    possible: (world, key) => mayAppend(world.runs.get(key), find(key)),
    apply: (world, { key }) => appended(world, find(key)),
    look: (sql, refused) => verdicts(sql, refused.map(find)),
    explain: (world, key) => verdictOn(world.runs.get(key), find(key)),
  };
}

/** I2, I3, I9. */
function mayAppend(run: ModelRun | undefined, init: AppendInit): boolean {
  const { status = STATUS.running, inboxSeq = 0 } = init;
  return (
    run?.status === STATUS.running &&
    run.session === init.session &&
    run.epoch === init.epoch &&
    run.events.length === init.fromSeq &&
    (status === STATUS.running || run.inbox.length === inboxSeq)
  );
}

function appended(world: World, init: AppendInit): World | undefined {
  const run = world.runs.get(init.run);
  const { status = STATUS.running, wakes = false } = init;
  if (run === undefined || !mayAppend(run, init)) return undefined;
  return withRun(world, init.run, {
    events: [...run.events, ...eventsOf(init)],
    status,
    session: status === STATUS.running ? run.session : 0,
    wake: status === STATUS.suspended && wakes ? "later" : "none",
  });
}

async function verdicts(sql: Sql, inits: readonly AppendInit[]) {
  const looks = await sql.query(APPEND_VERDICTS, verdictParams(inits.map(entryOf)));
  return new Map(looks.map(({ runId, verdict }) => [hexOf(runId), verdict]));
}

function verdictOn(run: ModelRun | undefined, init: AppendInit): string {
  if (run === undefined) return "unknown_run";
  if (isThere(run, init)) return "duplicate";
  const isHeld = run.status === STATUS.running && run.session === init.session;
  if (!isHeld || run.epoch !== init.epoch) return "stale";
  if (run.events.length !== init.fromSeq) {
    return run.events.length < init.fromSeq ? "gap" : "conflict";
  }
  return inboxVerdict(run, init);
}

/** The last digest is over all that came before it in the append. */
function isThere({ events }: ModelRun, init: AppendInit): boolean {
  const wanted = eventsOf(init);
  const there = events.slice(init.fromSeq, init.fromSeq + wanted.length);
  return there.length === wanted.length && there.at(-1)?.digest === wanted.at(-1)?.digest;
}

function inboxVerdict({ inbox }: ModelRun, init: AppendInit): string {
  const { status = STATUS.running, inboxSeq = 0 } = init;
  if (status === STATUS.running || inbox.length === inboxSeq) return "retry";
  return inbox.length > inboxSeq ? "inbox_ahead" : "invalid";
}
