import { STATUS } from "../../services/state/src/run.ts";

/** An event as the model knows it: its digest stands for all of it. */
export type ModelEvent = { readonly kind: number; readonly digest: number };

/** A run as the model knows it. Its head is the number of its events, its last message that of its inbox. */
export type ModelRun = {
  readonly id: string;
  readonly status: number;
  /** 0 for none. */
  readonly session: number;
  readonly epoch: number;
  readonly events: readonly ModelEvent[];
  readonly inbox: readonly string[];
  readonly takeovers: number;
  readonly progressSeq: number;
  readonly wake: "none" | "due" | "later";
  readonly cancelRequested: boolean;
};

/** A session as the model knows it; it has one life. */
export type ModelSession = {
  readonly id: number;
  readonly state: "live" | "dead" | "settled";
  readonly lease: "running" | "over";
  /** Counts the times that the lease was set: what a replica remembers of it may be out of date. */
  readonly leases: number;
};

/** What a request to create a run left behind. */
export type ModelRequest = {
  readonly id: string;
  readonly digest: number;
  readonly run: string;
};

/** A committed state of the store. */
export type World = {
  readonly runs: ReadonlyMap<string, ModelRun>;
  readonly sessions: ReadonlyMap<number, ModelSession>;
  readonly requests: ReadonlyMap<string, ModelRequest>;
};

/** A world with these in it. */
export function worldOf({
  runs = [],
  sessions = [],
}: {
  readonly runs?: readonly ModelRun[];
  readonly sessions?: readonly ModelSession[];
}): World {
  return {
    runs: new Map(runs.map((run) => [run.id, run])),
    sessions: new Map(sessions.map((session) => [session.id, session])),
    requests: new Map(),
  };
}

/** A run with its first event, ready unless told otherwise. */
export function modelRun(id: string, init: Partial<ModelRun> = {}): ModelRun {
  return {
    id,
    status: STATUS.ready,
    session: 0,
    epoch: 0,
    events: [{ kind: 1, digest: 1 }],
    inbox: [],
    takeovers: 0,
    progressSeq: 1,
    wake: "none",
    cancelRequested: false,
    ...init,
  };
}

/** A live session with a lease, unless told otherwise. */
export function modelSession(id: number, init: Partial<ModelSession> = {}): ModelSession {
  return { id, state: "live", lease: "running", leases: 0, ...init };
}

/** The world with one run changed, which must be there. */
export function withRun(world: World, id: string, changes: Partial<ModelRun>): World {
  const run = world.runs.get(id);
  if (run === undefined) {
    throw new Error(`the model has no run ${id}`);
  }
  return { ...world, runs: new Map(world.runs).set(id, { ...run, ...changes }) };
}

/** The world with one session changed, which must be there. */
export function withSession(world: World, id: number, changes: Partial<ModelSession>): World {
  const session = world.sessions.get(id);
  if (session === undefined) {
    throw new Error(`the model has no session ${id}`);
  }
  return { ...world, sessions: new Map(world.sessions).set(id, { ...session, ...changes }) };
}

/** Whether a session may be given runs. */
export function isLive(world: World, session: number): boolean {
  return world.sessions.get(session)?.state === "live";
}

/** The ids of all runs. */
export function runIds(world: World): readonly string[] {
  return [...world.runs.keys()];
}
