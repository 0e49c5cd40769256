import { sqlStateOf } from "@orchestrator/postgres";

import type { NewRun } from "../../../services/state/src/creation.ts";
import { RUN_CREATED_KIND } from "../../../services/state/src/event-kinds.ts";
import { hasEnded, STATUS } from "../../../services/state/src/run.ts";
import { CREATE_RUNS, createParams } from "../../../services/state/src/sql/create-runs.ts";
import { EARLIER_RUNS, earlierParams } from "../../../services/state/src/sql/earlier-runs.ts";
import { MESSAGE_OUTCOME } from "../../../services/state/src/sql/message-outcome.ts";
import { SEND_MESSAGE } from "../../../services/state/src/sql/send-message.ts";
import { bytesOf, type Effect, hexOf, type Operation } from "../operation.ts";
import { isLive, modelRun, withRun, type World } from "../world.ts";

/** Whose runs all schedules are about. */
export const NAMESPACE = "interleaving";
/** The one definition that all runs are of. */
export const DOCUMENT_HASH = Buffer.alloc(32, 7);

const UNIQUE_VIOLATION = "23505";
const TAKES_MESSAGES: ReadonlySet<number> = new Set([
  STATUS.ready,
  STATUS.running,
  STATUS.suspended,
  STATUS.quarantined,
]);

/** A cancel, or any other message to a run. */
export function send(
  run: string,
  { kind, key }: { kind: "cancel" | "signal"; key: string },
): Operation {
  const number = kind === "cancel" ? 1 : 2;
  const possible = (world: World) => {
    const found = world.runs.get(run);
    return found !== undefined && TAKES_MESSAGES.has(found.status) && !found.inbox.includes(key);
  };
  return {
    name: `${kind} ${key}`,
    async perform(sql) {
      try {
        const rows = await sql.query(SEND_MESSAGE, [
          run,
          NAMESPACE,
          number,
          key,
          Buffer.from("{}"),
        ]);
        return rows.map((inboxSeq): Effect => ({
          key: run,
          fact: { kind: "stored", run, inboxSeq, isCancel: kind === "cancel" },
        }));
      } catch (error) {
        // As the service has it: the key itself refuses the second of two equal messages.
        if (sqlStateOf(error) === UNIQUE_VIOLATION) return [];
        throw error;
      }
    },
    keys: () => [run],
    possible,
    apply: (world, { fact }) =>
      possible(world) && fact.kind === "stored"
        ? received(world, { run, key, isCancel: kind === "cancel" })
        : undefined,
    async look(sql) {
      const [outcome] = await sql.query(MESSAGE_OUTCOME, [run, NAMESPACE, key]);
      if (outcome === undefined) return new Map([[run, "unknown_run"]]);
      if (outcome.earlier !== undefined) return new Map([[run, "repeated"]]);
      return new Map([[run, hasEnded(outcome.run.status) ? "run_ended" : "lost"]]);
    },
    explain(world) {
      const found = world.runs.get(run);
      if (found === undefined) return "unknown_run";
      if (found.inbox.includes(key)) return "repeated";
      return TAKES_MESSAGES.has(found.status) ? "lost" : "run_ended";
    },
  };
}

/** A run to create, as schedules write it down. */
export type CreateInit = {
  readonly request: string;
  readonly digest: number;
  readonly run: string;
  /** The session that is to have it at once. */
  readonly session?: number;
};

/** Runs are created, one or a batch. */
export function create(name: string, inits: readonly CreateInit[]): Operation {
  const sorted = inits.toSorted((one, other) => (one.request < other.request ? -1 : 1));
  const byRequest = new Map(sorted.map((init) => [init.request, init]));
  return {
    name: `create ${name}`,
    async perform(sql) {
      const rows = await sql.query(CREATE_RUNS, createParams(sorted.map(newRun), RUN_CREATED_KIND));
      const left = { not_created: new Set<string>(), not_assigned: new Set<string>() };
      for (const row of rows) {
        if (row.kind !== "at") left[row.kind].add(hexOf(row.runId));
      }
      return sorted
        .filter(({ run }) => !left.not_created.has(run))
        .map(({ run, request, session = 0 }): Effect => {
          const got = left.not_assigned.has(run) ? 0 : session;
          return { key: request, fact: { kind: "created", run, request, session: got } };
        });
    },
    keys: () => [...byRequest.keys()],
    possible: (world, key) => !world.requests.has(key),
    apply(world, { key, fact }) {
      const init = byRequest.get(key);
      return init === undefined || fact.kind !== "created"
        ? undefined
        : created(world, { ...init, got: fact.session });
    },
    async look(sql, refused) {
      const requests = refused.map((requestId) => ({ namespace: NAMESPACE, requestId }));
      const earlier = await sql.query(EARLIER_RUNS, earlierParams(requests));
      return new Map(
        earlier.map(({ requestId, digest, run }) => [
          requestId,
          `${digest} made ${hexOf(run.runId)}`,
        ]),
      );
    },
    explain(world, key) {
      const earlier = world.requests.get(key);
      return earlier === undefined ? "nothing" : `${earlier.digest} made ${earlier.run}`;
    },
  };
}

function received(
  world: World,
  { run, key, isCancel }: { run: string; key: string; isCancel: boolean },
): World | undefined {
  const found = world.runs.get(run);
  if (found === undefined) return undefined;
  const isFreed = found.status === STATUS.quarantined && isCancel;
  return withRun(world, run, {
    inbox: [...found.inbox, key],
    status: found.status === STATUS.suspended || isFreed ? STATUS.ready : found.status,
    takeovers: isFreed ? 0 : found.takeovers,
    wake: found.status === STATUS.suspended ? "none" : found.wake,
    cancelRequested: found.cancelRequested || isCancel,
  });
}

/** Given away at once only to a session that lives. */
function created(
  world: World,
  { request, digest, run, session = 0, got }: CreateInit & { got: number },
): World | undefined {
  if (world.requests.has(request) || got !== (isLive(world, session) ? session : 0)) {
    return undefined;
  }
  const assigned = got === 0 ? {} : { status: STATUS.running, session: got, epoch: 1 };
  const events = [{ kind: RUN_CREATED_KIND, digest }];
  return {
    ...world,
    runs: new Map(world.runs).set(run, modelRun(run, { events, ...assigned })),
    requests: new Map(world.requests).set(request, { id: request, digest, run }),
  };
}

function newRun({ request, digest, run, session = 0 }: CreateInit): NewRun {
  const requestDigest = Buffer.alloc(8);
  requestDigest.writeBigInt64BE(BigInt(digest));
  return {
    namespace: NAMESPACE,
    requestId: request,
    requestDigest,
    documentHash: DOCUMENT_HASH,
    planVersion: 1,
    pipeline: "p",
    pipelineVersion: 0,
    createdPayload: Buffer.from("{}"),
    labels: {},
    priority: 0,
    requires: [],
    traceparent: "",
    runId: bytesOf(run),
    sessionId: session,
    payloadHash: undefined,
  };
}
