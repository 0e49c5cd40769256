import { STATUS } from "../../services/state/src/run.ts";
import type { Connection } from "./connection.ts";
import { DOCUMENT_HASH, NAMESPACE } from "./operations/requests.ts";
import { FIRST_EXPIRY } from "./operations/sessions.ts";
import type { ModelRun, ModelSession, World } from "./world.ts";

/** The tables, as far as schedules are about them. */
export type Rows = {
  readonly runs: readonly RunRow[];
  readonly sessions: readonly SessionRow[];
  readonly requests: readonly {
    readonly id: string;
    readonly digest: number;
    readonly run: string;
  }[];
};

type RunRow = Omit<ModelRun, "events"> & {
  readonly lastSeq: number;
  readonly inboxSeq: number;
  readonly seqs: readonly number[];
  readonly digests: readonly number[];
};

type SessionRow = {
  readonly id: number;
  readonly state: number;
  /** Null once there is no beat row. */
  readonly beat: number | null;
  readonly over: boolean | null;
};

/** Puts the definition there that all runs are of. */
export async function prepare(connection: Connection): Promise<void> {
  await connection.command(`
    insert into state.plan (namespace, document_hash, plan_version, plan)
    values ('${NAMESPACE}', '${HASH}', 1, '{}')`);
}

/** Makes the tables hold this world. */
export async function reset(connection: Connection, world: World): Promise<void> {
  await connection.command(`
    delete from state.run; delete from state.run_event; delete from state.inbox;
    delete from state.idempotency; delete from state.session; delete from state.session_beat;
    ${[...world.sessions.values()].map(insertSession).join("\n")}
    ${[...world.runs.values()].map(insertRun).join("\n")}`);
}

/** What the tables hold. */
export async function dump(connection: Connection): Promise<Rows> {
  const [rows] = await connection.query({
    name: "interleaving_dump",
    text: DUMP,
    row: ([text]): Rows => JSON.parse(String(text)),
  });
  if (rows === undefined) {
    throw new Error("the tables could not be read");
  }
  return rows;
}

/** Where the tables are not what the model says. */
export function differences(rows: Rows, world: World): readonly string[] {
  return [
    ...compare("run", rows.runs.map(runText), [...world.runs.values()].map(modelRunText)),
    ...compare(
      "session",
      rows.sessions.map(sessionText),
      [...world.sessions.values()].map(modelSessionText),
    ),
    ...compare(
      "request",
      rows.requests.map(({ id, digest, run }) => `${id} ${digest} ${run}`),
      [...world.requests.values()].map(({ id, digest, run }) => `${id} ${digest} ${run}`),
    ),
  ];
}

const HASH = `\\x${DOCUMENT_HASH.toString("hex")}`;
const STATES = { live: 1, dead: 2, settled: 3 } as const;
const WAKE = {
  none: "null",
  due: "now() - interval '1 minute'",
  later: "now() + interval '1 hour'",
} as const;

const DUMP = `
select json_build_object(
  'runs', coalesce((select json_agg(json_build_object(
      'id', replace(r.run_id::text, '-', ''), 'status', r.status, 'session', coalesce(r.session_id, 0),
      'epoch', r.epoch, 'takeovers', r.takeovers, 'progressSeq', r.progress_seq,
      'cancelRequested', r.cancel_requested, 'lastSeq', r.last_seq, 'inboxSeq', r.inbox_seq,
      'wake', case when r.wake_at is null then 'none' when r.wake_at < now() then 'due' else 'later' end,
      'seqs', coalesce((select json_agg(e.seq order by e.seq) from state.run_event e where e.run_id = r.run_id), '[]'),
      'digests', coalesce((select json_agg(e.digest order by e.seq) from state.run_event e where e.run_id = r.run_id), '[]'),
      'inbox', coalesce((select json_agg(i.dedupe_key order by i.inbox_seq) from state.inbox i where i.run_id = r.run_id), '[]')
    )) from state.run r), '[]'),
  'sessions', coalesce((select json_agg(json_build_object(
      'id', s.session_id, 'state', s.state, 'beat', b.state, 'over', b.expires_at < clock_timestamp()
    )) from state.session s left join state.session_beat b on b.session_id = s.session_id), '[]'),
  'requests', coalesce((select json_agg(json_build_object(
      'id', i.request_id, 'digest', i.digest, 'run', replace(i.run_id::text, '-', '')
    )) from state.idempotency i), '[]'))::text`;

function insertSession({ id, state, lease }: ModelSession): string {
  const expiresAt =
    lease === "over" ? "clock_timestamp() - interval '1 minute'" : `timestamptz '${FIRST_EXPIRY}'`;
  const beat =
    state === "settled"
      ? ""
      : `insert into state.session_beat (session_id, state, expires_at) values (${id}, ${STATES[state]}, ${expiresAt});`;
  return `insert into state.session (session_id, state, capacity, executor, offers) values (${id}, ${STATES[state]}, 10, 'e', '{}');${beat}`;
}

function insertRun(run: ModelRun): string {
  const { id, status, session, epoch, events, inbox, takeovers, progressSeq, wake } = run;
  const ended = status > STATUS.suspended && status !== STATUS.quarantined ? "now()" : "null";
  const row = `insert into state.run (run_id, namespace, pipeline, document_hash, plan_version, status, session_id, epoch,
    last_seq, inbox_seq, takeovers, progress_seq, wake_at, cancel_requested, ended_at)
    values ('${id}', '${NAMESPACE}', 'p', '${HASH}', 1, ${status}, ${session === 0 ? "null" : session}, ${epoch},
    ${events.length}, ${inbox.length}, ${takeovers}, ${progressSeq}, ${WAKE[wake]}, ${run.cancelRequested}, ${ended});`;
  const log = events.map(
    ({ kind, digest }, index) =>
      `insert into state.run_event (run_id, at, digest, seq, kind, version, attempt, step, payload)
      values ('${id}', now(), ${digest}, ${index + 1}, ${kind}, 1, 0, '', '{}');`,
  );
  const messages = inbox.map(
    (key, index) =>
      `insert into state.inbox (run_id, inbox_seq, kind, dedupe_key, payload)
      values ('${id}', ${index + 1}, 2, '${key}', '{}');`,
  );
  return [row, ...log, ...messages].join("\n");
}

function compare(
  what: string,
  found: readonly string[],
  expected: readonly string[],
): readonly string[] {
  return [
    ...found
      .filter((text) => !expected.includes(text))
      .map((text) => `the tables have the ${what} ${text}`),
    ...expected
      .filter((text) => !found.includes(text))
      .map((text) => `the tables lack the ${what} ${text}`),
  ];
}

function runText(run: RunRow): string {
  return textOf(run, run.digests);
}

function modelRunText(run: ModelRun): string {
  return textOf(
    run,
    run.events.map(({ digest }) => digest),
  );
}

function textOf(run: Omit<ModelRun, "events">, digests: readonly number[]): string {
  const { id, status, session, epoch, takeovers, progressSeq, wake, cancelRequested, inbox } = run;
  return `${id} status ${status} session ${session} epoch ${epoch} takeovers ${takeovers} progress ${progressSeq} wake ${wake} cancel ${cancelRequested} events [${digests.join(" ")}] inbox [${inbox.join(" ")}]`;
}

function sessionText({ id, state, beat, over }: SessionRow): string {
  return `${id} state ${state} beat ${beat ?? "gone"} over ${over ?? "gone"}`;
}

function modelSessionText({ id, state, lease }: ModelSession): string {
  const isGone = state === "settled";
  const number = STATES[state];
  return `${id} state ${number} beat ${isGone ? "gone" : number} over ${isGone ? "gone" : lease === "over"}`;
}
