import { setTimeout as delay } from "node:timers/promises";

import { Pool } from "pg";

/** Watches the raw tables for what becomes of the runs of a killed executor. */
export type TakeoverWatch = AsyncDisposable & {
  /** The runs that the executor with this name holds now, each with its epoch. */
  heldBy(executor: string): Promise<ReadonlyMap<string, number>>;
  /** Notes from now on when each run is held under a later epoch. */
  sampleClaims(held: ReadonlyMap<string, number>): ClaimSampler;
  /** Milliseconds until each run has an event of a later epoch, from the given moment; those that have none are left out. */
  delays(held: ReadonlyMap<string, number>, killedAtMs: number): Promise<readonly number[]>;
};

/** When runs were seen to be held by another executor, to within 25 ms. */
export type ClaimSampler = { stop(): Promise<ReadonlyMap<string, number>> };

const LIMIT_MS = 20_000;
const POLL_MS = 100;
const SAMPLE_MS = 25;

/** Open a connection beside the mesh. The events of a taken run come after its epoch grew, so the first one later than the kill is looked for. */
export function watchTakeovers(url: string): TakeoverWatch {
  const pool = new Pool({ connectionString: url, max: 2 });
  pool.on("error", () => undefined); // The database is one of the victims.
  return {
    async heldBy(executor) {
      const { rows } = await pool.query<{ run_id: string; epoch: number }>(
        `select r.run_id, r.epoch from state.run r join state.session s using (session_id)
         where r.status = 2 and s.state = 1 and s.executor like $1`,
        [`%${executor}%`],
      );
      return new Map(rows.map(({ run_id: runId, epoch }) => [runId, epoch]));
    },
    sampleClaims(held) {
      const claimedAtMs = new Map<string, number>();
      const stopping = new AbortController();
      const sampling = (async () => {
        while (!stopping.signal.aborted && claimedAtMs.size < held.size) {
          const { rows } = await pool.query<{ run_id: string }>(
            `select r.run_id from unnest($1::uuid[], $2::int4[]) as h (run_id, epoch)
             join state.run r on r.run_id = h.run_id and r.epoch > h.epoch and r.status <> 1`,
            [[...held.keys()], [...held.values()]],
          );
          for (const { run_id: runId } of rows) {
            if (!claimedAtMs.has(runId)) claimedAtMs.set(runId, Date.now());
          }
          await delay(SAMPLE_MS);
        }
      })();
      return {
        async stop() {
          stopping.abort();
          await sampling;
          return claimedAtMs;
        },
      };
    },
    async delays(held, killedAtMs) {
      const deadline = Date.now() + LIMIT_MS;
      for (;;) {
        const { rows } = await pool.query<{ delay_ms: string }>(
          `select (extract(epoch from min(e.at)) * 1000 - $2)::text as delay_ms
           from unnest($1::uuid[], $3::int4[]) as h (run_id, epoch)
           join state.run r on r.run_id = h.run_id and r.epoch > h.epoch
           join state.run_event e on e.run_id = h.run_id and e.at > to_timestamp($2::float8 / 1000)
           group by h.run_id`,
          [[...held.keys()], killedAtMs, [...held.values()]],
        );
        if (rows.length >= held.size || Date.now() > deadline) {
          return rows.map(({ delay_ms: delayMs }) => Number(delayMs));
        }
        await delay(POLL_MS);
      }
    },
    [Symbol.asyncDispose]: () => pool.end(),
  };
}
