import type { Statement } from "@orchestrator/postgres";

import { APPEND_ONE } from "../../services/state/src/sql/append-one.ts";
import { APPEND } from "../../services/state/src/sql/append.ts";
import { CLAIM_NAMED } from "../../services/state/src/sql/claim-named.ts";
import { CLAIM } from "../../services/state/src/sql/claim.ts";
import { CREATE_RUNS } from "../../services/state/src/sql/create-runs.ts";
import { DECLARE_DEAD } from "../../services/state/src/sql/declare-dead.ts";
import { END_SESSION } from "../../services/state/src/sql/end-session.ts";
import { EXPIRE_LEASES } from "../../services/state/src/sql/expire-leases.ts";
import { GRANT_LEASES } from "../../services/state/src/sql/grant-leases.ts";
import { HAND_BACK } from "../../services/state/src/sql/hand-back.ts";
import { HEARTBEAT } from "../../services/state/src/sql/heartbeat.ts";
import { LOCK_HOLDINGS } from "../../services/state/src/sql/lock-holdings.ts";
import { RELEASE } from "../../services/state/src/sql/release.ts";
import { SEND_MESSAGE } from "../../services/state/src/sql/send-message.ts";
import { SETTLE_SESSIONS } from "../../services/state/src/sql/settle-sessions.ts";
import { SHORTEN_LEASE } from "../../services/state/src/sql/shorten-lease.ts";
import { TAKE_BACK } from "../../services/state/src/sql/take-back.ts";
import { TAKE_OVER } from "../../services/state/src/sql/take-over.ts";
import { WAKE_DUE } from "../../services/state/src/sql/wake-due.ts";

/** One text of one statement, and what stands there instead. */
export type Edit = {
  readonly statement: Named;
  /** Stands in the statement exactly once; every parameter that stood there must still stand somewhere. */
  readonly find: string;
  readonly replacement: string;
};

/** A product without one of its fences. */
export type Mutant = {
  readonly name: string;
  readonly edits: readonly Edit[];
  /** What the tables lose. */
  readonly ddl?: string;
};

/** Turns the product's statements into those that a schedule runs. */
export type Mutate = <R>(statement: Statement<R>) => Statement<R>;

/** Leaves everything as it is. */
export const UNCHANGED: Mutate = (statement) => statement;

/** The statements without the mutant's fence; throws where one of its texts is not found exactly once. */
export function mutateBy({ name, edits }: Mutant): Mutate {
  const texts = new Map<string, string>();
  for (const { statement, find, replacement } of edits) {
    const before = texts.get(statement.name) ?? statement.text;
    if (before.split(find).length !== 2) {
      throw new Error(
        `mutant ${name}: ${statement.name} holds ${JSON.stringify(find)} not exactly once`,
      );
    }
    texts.set(
      statement.name,
      before.replace(find, () => replacement),
    );
  }
  return (statement) => ({ ...statement, text: texts.get(statement.name) ?? statement.text });
}

/** The mutant of a name. */
export function mutantNamed(name: string): Mutant {
  const found = [...MUTANTS, ...IMPLIED].find((mutant) => mutant.name === name);
  if (found === undefined) {
    throw new Error(`no mutant ${name}; there are ${MUTANTS.map(({ name }) => name).join(", ")}`);
  }
  return found;
}

type Named = Pick<Statement<unknown>, "name" | "text">;

const without = (statement: Named, find: string, replacement = ""): Edit => ({
  statement,
  find,
  replacement,
});

const EPOCH = [
  without(APPEND, "and r.epoch = a.epoch"),
  without(APPEND_ONE, "r.epoch = $3::int4", "$3::int4 is not null"),
];
const HEAD = [
  without(APPEND, "and r.last_seq = a.from_seq"),
  without(APPEND_ONE, "r.last_seq = $4::int4", "$4::int4 is not null"),
];
const INBOX_SEQ = [
  without(APPEND, "and (a.status = 2 or r.inbox_seq = a.inbox_seq)"),
  without(APPEND_ONE, "r.inbox_seq = $7::int4", "$7::int4 is not null"),
];
const APPEND_SESSION = [
  without(APPEND, "and r.session_id + 0 = a.session_id"),
  without(APPEND_ONE, "r.session_id + 0 = $2::int8", "$2::int8 is not null"),
];
const APPEND_STATUS = [
  without(APPEND, "and r.status + 0 = 2"),
  without(APPEND_ONE, "and r.status + 0 = 2"),
];
const LIVE_CLAIM = [
  without(CLAIM, "session_id = $1::int8\n    and state = 1", "session_id = $1::int8"),
  without(CLAIM_NAMED, "session_id = $1::int8\n    and state = 1", "session_id = $1::int8"),
  without(CREATE_RUNS, "any($17::int8[])\n    and state = 1", "any($17::int8[])"),
];
const CLAIM_LOCK = [
  without(CLAIM, "for share"),
  without(CLAIM_NAMED, "for share"),
  without(CREATE_RUNS, "for share"),
];
const DEATH_BEAT = [
  without(DECLARE_DEAD, "session_id = $1::int8\n    and state = 1", "session_id = $1::int8"),
  without(END_SESSION, "where session_id = $1::int8 and state = 1", "where session_id = $1::int8"),
];
const DEATH_SESSION = [
  without(DECLARE_DEAD, "and s.state = 1"),
  without(END_SESSION, "and s.state = 1"),
];
const FREE_STATUS = [
  without(RELEASE, "where r.status + 0 = 2", "where true"),
  without(TAKE_BACK, "where r.status + 0 = 2", "where true"),
  without(HAND_BACK, "and r.status = 2"),
];
const FREE_SESSION = [
  without(RELEASE, "and r.session_id + 0 = $1::int8", "and $1::int8 is not null"),
  without(TAKE_BACK, "and r.session_id + 0 = $1::int8", "and $1::int8 is not null"),
];
const GIVE_UP_STATUS = without(LOCK_HOLDINGS, "where r.status + 0 = 2", "where true");
const GIVE_UP_SESSION = without(
  LOCK_HOLDINGS,
  "and r.session_id + 0 = $1::int8",
  "and $1::int8 is not null",
);
const GRANT_LOCKED = without(GRANT_LEASES, "where state = 1 order by", "order by");
const GRANT_LOCK = without(GRANT_LEASES, "for no key update");
const GRANT_SET = without(GRANT_LEASES, "and b.state = 1");
const DEDUPE = without(
  SEND_MESSAGE,
  "and not exists (select from state.inbox i where i.run_id = $1::uuid and i.dedupe_key = $4::text)",
);
const TAKEOVER_STATUS = without(TAKE_OVER, "and r.status = 2");
const WAKE_STATUS = without(WAKE_DUE, "r.status = 3 and ");

/** Every fence, and what others imply together with them; README.md says why. */
export const MUTANTS: readonly Mutant[] = [
  { name: "append-epoch", edits: EPOCH },
  { name: "append-head", edits: HEAD },
  { name: "append-inbox-seq", edits: INBOX_SEQ },
  { name: "append-session", edits: APPEND_SESSION },
  { name: "append-status-and-session", edits: [...APPEND_STATUS, ...APPEND_SESSION] },
  { name: "append-status-and-epoch", edits: [...APPEND_STATUS, ...EPOCH] },
  { name: "append-session-and-epoch", edits: [...APPEND_SESSION, ...EPOCH] },
  ...[EPOCH, HEAD, INBOX_SEQ, APPEND_SESSION].flatMap((fence, index) =>
    fence.map((edit) => ({
      name: `${["append-epoch", "append-head", "append-inbox-seq", "append-session"][index]}@${edit.statement.name}`,
      edits: [edit],
    })),
  ),
  { name: "claim-live-session", edits: LIVE_CLAIM },
  ...LIVE_CLAIM.map((edit) => ({
    name: `claim-live-session@${edit.statement.name}`,
    edits: [edit],
  })),
  { name: "claim-session-lock", edits: CLAIM_LOCK },
  ...CLAIM_LOCK.map((edit) => ({
    name: `claim-session-lock@${edit.statement.name}`,
    edits: [edit],
  })),
  {
    name: "claim-ready",
    edits: [
      without(CLAIM, "r.status = 1\n    and r.queue = 1", "r.queue = 1"),
      without(CLAIM_NAMED, "and r.status = 1"),
    ],
  },
  { name: "heartbeat-state", edits: [without(HEARTBEAT, "and b.state = 1")] },
  {
    name: "shorten-last-heard",
    edits: [
      without(
        SHORTEN_LEASE,
        "and (extract(epoch from expires_at) * 1000000)::int8 = $2::int8",
        "and $2::int8 is not null",
      ),
    ],
  },
  { name: "death-expiry", edits: [without(DECLARE_DEAD, "and expires_at < clock_timestamp()")] },
  { name: "death-once", edits: [...DEATH_BEAT, ...DEATH_SESSION] },
  { name: "takeover-dead-session", edits: [without(TAKE_OVER, "where s.state = 2", "where true")] },
  {
    name: "takeover-status-and-session",
    edits: [TAKEOVER_STATUS, without(TAKE_OVER, "r.session_id = s.session_id", "true")],
  },
  {
    name: "takeover-snapshot",
    edits: [
      without(
        TAKE_OVER,
        "where exists (select from state.run_event e where e.run_id = d.run_id and e.seq = d.last_seq)",
      ),
    ],
  },
  { name: "give-up-epoch", edits: [without(LOCK_HOLDINGS, "and r.epoch = a.epoch")] },
  { name: "give-up-session", edits: [GIVE_UP_SESSION] },
  { name: "give-up-status-and-session", edits: [GIVE_UP_STATUS, GIVE_UP_SESSION] },
  { name: "give-up-lock", edits: [without(LOCK_HOLDINGS, "for no key update of r")] },
  { name: "grant-state", edits: [GRANT_LOCKED, GRANT_SET] },
  {
    name: "grant-recent",
    edits: [
      without(
        GRANT_LEASES,
        `
  and b.expires_at not between clock_timestamp() + 0.8 * $1::int8 * interval '1 millisecond'
    and clock_timestamp() + $1::int8 * interval '1 millisecond'`,
      ),
    ],
  },
  { name: "grant-order", edits: [without(GRANT_LEASES, "order by session_id")] },
  { name: "grant-lock-and-state", edits: [GRANT_LOCK, GRANT_SET] },
  { name: "expire-state", edits: [without(EXPIRE_LEASES, "where state = 1 order by", "order by")] },
  { name: "expire-order", edits: [without(EXPIRE_LEASES, "order by session_id")] },
  { name: "expire-lock", edits: [without(EXPIRE_LEASES, "for no key update")] },
  { name: "heartbeat-order", edits: [without(HEARTBEAT, "order by b.session_id")] },
  {
    name: "free-epoch",
    edits: [without(RELEASE, "and r.epoch = a.epoch"), without(TAKE_BACK, "and r.epoch = a.epoch")],
  },
  { name: "free-session", edits: FREE_SESSION },
  { name: "free-status-and-session", edits: [...FREE_STATUS.slice(0, 2), ...FREE_SESSION] },
  {
    name: "hand-back-status-and-session",
    edits: [without(HAND_BACK, "r.session_id = $1::int8 and r.status = 2", "$1::int8 is not null")],
  },
  { name: "take-back-head", edits: [without(TAKE_BACK, "and r.last_seq = a.last_seq")] },
  { name: "settle-dead", edits: [without(SETTLE_SESSIONS, "s.state = 2\n    and ", "")] },
  {
    name: "settle-holds-none",
    edits: [
      without(
        SETTLE_SESSIONS,
        "and not exists (select from state.run r where r.session_id = s.session_id and r.status = 2)",
      ),
    ],
  },
  {
    name: "wake-due",
    edits: [without(WAKE_DUE, "r.wake_at <= clock_timestamp()", "r.wake_at is not null")],
  },
  {
    name: "wake-status-and-time",
    edits: [WAKE_STATUS, without(WAKE_DUE, "r.wake_at <= clock_timestamp()", "true")],
  },
  {
    name: "message-not-terminal",
    edits: [without(SEND_MESSAGE, "and r.status in (1, 2, 3, 7)")],
  },
  {
    name: "message-key",
    edits: [DEDUPE],
    ddl: "alter table state.inbox drop constraint inbox_run_id_dedupe_key_key",
  },
  {
    name: "idempotency-key",
    edits: [
      without(
        CREATE_RUNS,
        "where (q.run_id in (select run_id from k)) is true),\ne as (",
        "),\ne as (",
      ),
      without(
        CREATE_RUNS,
        "where (q.run_id in (select run_id from k)) is true)\nselect",
        ")\nselect",
      ),
      without(CREATE_RUNS, "where (q.run_id in (select run_id from k)) is not true", "where false"),
    ],
  },
  {
    name: "idempotency-constraint",
    edits: [],
    ddl: "alter table state.idempotency drop constraint idempotency_pkey",
  },
];

/** Conditions that others imply: without one of these the product does the same. */
export const IMPLIED: readonly Mutant[] = [
  { name: "append-status", edits: APPEND_STATUS },
  { name: "death-beat-state", edits: DEATH_BEAT },
  { name: "death-session-state", edits: DEATH_SESSION },
  { name: "free-status", edits: FREE_STATUS },
  { name: "give-up-status", edits: [GIVE_UP_STATUS] },
  { name: "grant-locked-state", edits: [GRANT_LOCKED] },
  { name: "grant-set-state", edits: [GRANT_SET] },
  { name: "grant-lock", edits: [GRANT_LOCK] },
  { name: "takeover-status", edits: [TAKEOVER_STATUS] },
  { name: "wake-status", edits: [WAKE_STATUS] },
  { name: "message-key-looked-up", edits: [DEDUPE] },
];
