import { int, int8s, type Statement } from "@orchestrator/postgres";

import { STATUS } from "../../../services/state/src/run.ts";
import { DECLARE_DEAD } from "../../../services/state/src/sql/declare-dead.ts";
import { END_SESSION } from "../../../services/state/src/sql/end-session.ts";
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
    perform: async (sql) => (await sql.query(DECLARE_DEAD, [session])).map(died),
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
    isTransaction: true,
    async perform(sql) {
      const ended = await sql.query(END_SESSION, [session]);
      const runs = await sql.query(HAND_BACK, [session]);
      const freed = runs.map((runId): Effect => {
        const run = hexOf(runId);
        return { key: run, fact: { kind: "freed", run } };
      });
      return [...ended.map(died), ...freed];
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

/** The sweep lets go of dead sessions that hold nothing. */
export function settle(): Operation {
  return {
    name: "settling",
    perform: async (sql) =>
      (await sql.query(SETTLE_SESSIONS)).map((session): Effect => ({
        key: keyOf(session),
        fact: { kind: "settled", session },
      })),
    keys: (world) => [...world.sessions.keys()].map(keyOf),
    possible: maySettle,
    apply: (world, { key }) =>
      maySettle(world, key) ? withSession(world, numberOf(key), { state: "settled" }) : undefined,
  };
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

function leased(world: World, session: number, lease: "running" | "over"): World {
  const leases = (world.sessions.get(session)?.leases ?? 0) + 1;
  return withSession(world, session, { lease, leases });
}

function died(session: number): Effect {
  return { key: keyOf(session), fact: { kind: "died", session } };
}

function lapsed(session: number): Effect {
  return { key: keyOf(session), fact: { kind: "lapsed", session } };
}

function keyOf(session: number): string {
  return `session ${session}`;
}

function numberOf(key: string): number {
  return Number(key.slice("session ".length));
}
