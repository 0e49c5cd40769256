import { int, int8s, type Statement } from "@orchestrator/postgres";

import { STATUS } from "../../../services/state/src/run.ts";
import { DECLARE_DEAD } from "../../../services/state/src/sql/declare-dead.ts";
import { END_SESSION } from "../../../services/state/src/sql/end-session.ts";
import { EXPIRE_LEASES } from "../../../services/state/src/sql/expire-leases.ts";
import { GRANT_LEASES } from "../../../services/state/src/sql/grant-leases.ts";
import { HAND_BACK } from "../../../services/state/src/sql/hand-back.ts";
import { HEARTBEAT } from "../../../services/state/src/sql/heartbeat.ts";
import { SETTLE_SESSIONS } from "../../../services/state/src/sql/settle-sessions.ts";
import { SHORTEN_LEASE } from "../../../services/state/src/sql/shorten-lease.ts";
import { type Effect, hexOf, type Operation } from "../operation.ts";
import { isLive, runIds, withRun, withSession, type World } from "../world.ts";

const LEASE_MS = 3_600_000;
/** When the leases end that a schedule begins with: as a replica remembers them. */
export const FIRST_EXPIRY = "2100-01-01 00:00:00+00";
const FIRST_EXPIRY_US = Date.UTC(2100, 0, 1) * 1000;

/** Sessions say that they live. */
export function heartbeat(sessions: readonly number[]): Operation {
  return {
    name: `heartbeat of ${sessions.join(", ")}`,
    locks: "sessions",
    perform: async (sql) =>
      (await sql.query(HEARTBEAT, [int8s(sessions), LEASE_MS])).map(({ sessionId }): Effect => {
        return { key: keyOf(sessionId), fact: { kind: "beat", session: sessionId } };
      }),
    keys: () => sessions.map(keyOf),
    possible: (world, key) => isLive(world, numberOf(key)),
    apply: (world, { key }) =>
      isLive(world, numberOf(key)) ? leased(world, numberOf(key), "running") : undefined,
  };
}

/** A session is declared dead since its lease is over. */
export function death(session: number): Operation {
  const possible = (world: World) => {
    const found = world.sessions.get(session);
    return found?.state === "live" && found.lease === "over";
  };
  return {
    name: `death of ${session}`,
    perform: async (sql) => (await sql.query(DECLARE_DEAD, [session])).map(died("lease")),
    keys: () => [keyOf(session)],
    possible,
    apply: (world) =>
      possible(world) ? withSession(world, session, { state: "dead" }) : undefined,
  };
}

/** A session ends by itself and gives back what it holds. */
export function close(session: number): Operation {
  const possible = (world: World, key: string) => {
    const run = world.runs.get(key);
    return key === keyOf(session)
      ? isLive(world, session)
      : run?.status === STATUS.running && run.session === session;
  };
  return {
    name: `close of ${session}`,
    locks: "runs",
    isTransaction: true,
    async perform(sql) {
      const ended = await sql.query(END_SESSION, [session]);
      const runs = await sql.query(HAND_BACK, [session]);
      const freed = runs.map((runId): Effect => {
        const run = hexOf(runId);
        return { key: run, fact: { kind: "freed", run } };
      });
      return [...ended.map(died("request")), ...freed];
    },
    keys: (world) => [keyOf(session), ...runIds(world)],
    possible,
    apply(world, { key }) {
      if (!possible(world, key)) return undefined;
      if (key === keyOf(session)) return withSession(world, session, { state: "dead" });
      const epoch = (world.runs.get(key)?.epoch ?? 0) + 1;
      return withRun(world, key, { status: STATUS.ready, session: 0, epoch });
    },
  };
}

/** The stream of heartbeats ended at a replica that remembers the first lease. */
export function shorten(session: number): Operation {
  const possible = (world: World) =>
    isLive(world, session) && world.sessions.get(session)?.leases === 0;
  return {
    name: `shortened lease of ${session}`,
    perform: async (sql) =>
      (await sql.query(SHORTEN_LEASE, [session, FIRST_EXPIRY_US, -1000])).map(lapsed),
    keys: () => [keyOf(session)],
    possible,
    apply: (world) => (possible(world) ? leased(world, session, "over") : undefined),
  };
}

/** Time passes for a session. */
export function lapse(session: number): Operation {
  const possible = (world: World) => isLive(world, session);
  return {
    name: `lapse of ${session}`,
    perform: async (sql) => (await sql.query(LAPSE, [session])).map(lapsed),
    keys: () => [keyOf(session)],
    possible,
    apply: (world) => (possible(world) ? leased(world, session, "over") : undefined),
  };
}

/** Nobody may be judged: every session gets a full lease, but for those that have one. */
export function grantLeases(): Operation {
  return {
    name: "grant of leases",
    locks: "sessions",
    isTransaction: true,
    async perform(sql) {
      await sql.query(GRANT_LEASES, [LEASE_MS]);
      return (await sql.query(SET_HERE)).map((session): Effect => ({
        key: keyOf(session),
        fact: { kind: "leased", session },
      }));
    },
    keys: sessionKeys,
    possible: mayLease,
    apply: (world, { key }) =>
      mayLease(world, key) ? leased(world, numberOf(key), "running") : undefined,
  };
}

/** Nobody else is on the store, so the sessions of an earlier process are over. */
export function expireLeases(): Operation {
  return {
    name: "expiry of leases",
    locks: "sessions",
    isTransaction: true,
    async perform(sql) {
      await sql.query(EXPIRE_LEASES);
      return (await sql.query(SET_HERE)).map(lapsed);
    },
    keys: sessionKeys,
    possible: (world, key) => isLive(world, numberOf(key)),
    apply: (world, { key }) =>
      isLive(world, numberOf(key)) ? leased(world, numberOf(key), "over") : undefined,
  };
}

/** The sweep lets go of dead sessions that hold nothing. */
export function settle(): Operation {
  return {
    name: "settling",
    perform: async (sql) =>
      (await sql.query(SETTLE_SESSIONS)).map((session): Effect => ({
        key: keyOf(session),
        fact: { kind: "settled", session },
      })),
    keys: sessionKeys,
    possible: maySettle,
    apply: (world, { key }) =>
      maySettle(world, key) ? withSession(world, numberOf(key), { state: "settled" }) : undefined,
  };
}

/** The lease that a schedule begins with is longer than a full one; whatever sets another sets a full one. */
function mayLease(world: World, key: string): boolean {
  const found = world.sessions.get(numberOf(key));
  const isFull = found?.lease === "running" && found.leases > 0;
  return found?.state === "live" && !isFull;
}

function maySettle(world: World, key: string): boolean {
  const isHolder = [...world.runs.values()].some(
    ({ status, session }) => status === STATUS.running && session === numberOf(key),
  );
  return world.sessions.get(numberOf(key))?.state === "dead" && !isHolder;
}

/** Time is not waited for. */
const LAPSE: Statement<number> = {
  name: "interleaving_lapse",
  text: `
update state.session_beat set expires_at = clock_timestamp() - interval '1 second'
where session_id = $1::int8 and state = 1
returning session_id`,
  row: ([session]) => int(session),
};

/** The sessions whose lease this transaction has set. */
const SET_HERE: Statement<number> = {
  name: "interleaving_set_here",
  text: `select session_id from state.session_beat where xmin = pg_current_xact_id()::xid`,
  row: ([session]) => int(session),
};

function leased(world: World, session: number, lease: "running" | "over"): World {
  const leases = (world.sessions.get(session)?.leases ?? 0) + 1;
  return withSession(world, session, { lease, leases });
}

function died(of: "lease" | "request"): (session: number) => Effect {
  return (session) => ({ key: keyOf(session), fact: { kind: "died", session, of } });
}

function lapsed(session: number): Effect {
  return { key: keyOf(session), fact: { kind: "lapsed", session } };
}

function sessionKeys({ sessions }: World): readonly string[] {
  return [...sessions.keys()].map(keyOf);
}

function keyOf(session: number): string {
  return `session ${session}`;
}

function numberOf(key: string): number {
  return Number(key.slice("session ".length));
}
