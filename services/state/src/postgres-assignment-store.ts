import { type Database, int2s, int4s, uuids } from "@orchestrator/postgres";

import type { Assignment, AssignmentStore, HeldRun, Holding, LiveSession } from "./assignment.ts";
import { blobContent, type BlobStore } from "./blob.ts";
import { KINDS_WITHOUT_PROGRESS } from "./event-kinds.ts";
import { STATUS } from "./run.ts";
import { ASSIGNED_RUNS } from "./sql/assigned-runs.ts";
import type { AssignmentRow } from "./sql/assignment-row.ts";
import { CLAIM_NAMED } from "./sql/claim-named.ts";
import { CLAIM } from "./sql/claim.ts";
import { CONFIRM_HOLDINGS } from "./sql/confirm-holdings.ts";
import { GIVE_UP } from "./sql/give-up.ts";
import { HELD_RUNS } from "./sql/held-runs.ts";
import { LIVE_SESSION } from "./sql/live-session.ts";
import { LOCK_HOLDINGS } from "./sql/lock-holdings.ts";
import { RELEASE } from "./sql/release.ts";
import { TAKE_BACK } from "./sql/take-back.ts";
import type { Takeover } from "./sweep.ts";

/** Gives runs to sessions and takes them back. */
export class PostgresAssignmentStore implements AssignmentStore {
  readonly #db: Database;
  readonly #blobs: BlobStore;

  constructor(db: Database, blobs: BlobStore) {
    this.#db = db;
    this.#blobs = blobs;
  }

  async liveSession(sessionId: number): Promise<LiveSession | undefined> {
    const [session] = await this.#db.query(LIVE_SESSION, [sessionId]);
    return session;
  }

  async claim(sessionId: number, limit: number): Promise<readonly Assignment[]> {
    return this.#complete(await this.#db.query(CLAIM, [sessionId, limit]));
  }

  async claimNamed(
    sessionId: number,
    { runIds, limit }: { runIds: readonly Uint8Array[]; limit: number },
  ): Promise<readonly Assignment[]> {
    return this.#complete(await this.#db.query(CLAIM_NAMED, [sessionId, limit, uuids(runIds)]));
  }

  async release(sessionId: number, holdings: readonly Holding[]): Promise<readonly Uint8Array[]> {
    return this.#db.query(RELEASE, holdingParams(sessionId, holdings));
  }

  async giveUp(sessionId: number, holdings: readonly Holding[]): Promise<Takeover> {
    const statuses = await this.#db.transaction(async (sql) => {
      const held = await sql.query(LOCK_HOLDINGS, holdingParams(sessionId, holdings));
      return sql.query(GIVE_UP, [uuids(held), int2s(KINDS_WITHOUT_PROGRESS)]);
    });
    const quarantined = statuses.filter((status) => status === STATUS.quarantined).length;
    return { ready: statuses.length - quarantined, quarantined };
  }

  async takeBack(sessionId: number, runs: readonly HeldRun[]): Promise<readonly Uint8Array[]> {
    const lastSeqs = int4s(runs.map(({ lastSeq }) => lastSeq));
    return this.#db.query(TAKE_BACK, [...holdingParams(sessionId, runs), lastSeqs]);
  }

  async confirm(sessionId: number, holdings: readonly Holding[]): Promise<readonly HeldRun[]> {
    return this.#db.query(CONFIRM_HOLDINGS, holdingParams(sessionId, holdings));
  }

  async held(sessionId: number): Promise<readonly HeldRun[]> {
    return this.#db.query(HELD_RUNS, [sessionId]);
  }

  async assignments(
    sessionId: number,
    runIds: readonly Uint8Array[],
  ): Promise<readonly Assignment[]> {
    return this.#complete(await this.#db.query(ASSIGNED_RUNS, [sessionId, uuids(runIds)]));
  }

  /** Resolves first payloads that are blobs. */
  async #complete(rows: readonly AssignmentRow[]): Promise<readonly Assignment[]> {
    return Promise.all(
      rows.map(async ({ createdForm, ...assignment }) => {
        const { createdPayload, namespace } = assignment;
        if (createdForm === 0 || createdPayload === undefined) return assignment;
        return {
          ...assignment,
          createdPayload: await blobContent(this.#blobs, { namespace, hash: createdPayload }),
        };
      }),
    );
  }
}

function holdingParams(sessionId: number, holdings: readonly Holding[]) {
  return [
    sessionId,
    uuids(holdings.map(({ runId }) => runId)),
    int4s(holdings.map(({ epoch }) => epoch)),
  ];
}
