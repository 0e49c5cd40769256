import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";

import { startPrivatePostgres } from "@orchestrator/postgres/testing";
import { startPrivateRedis } from "@orchestrator/redis/testing";
import { Redis } from "ioredis";
import { Pool } from "pg";

/** PostgreSQL and Redis of a benchmark's own, durable as in production. */
export type BenchServers = AsyncDisposable & {
  readonly postgresUrl: string;
  readonly redisUrl: string;
  /** Takes traces and forgets them. */
  readonly otlpUrl: string;
  /** Processes whose CPU counts, with that of their children. */
  readonly processes: Readonly<Record<string, number>>;
  /** Ask the database beside the mesh. */
  query(text: string, params?: readonly unknown[]): Promise<readonly Record<string, unknown>[]>;
};

/** As the peers' benchmarks were measured. */
const POSTGRES_SETTINGS = {
  fsync: "on",
  synchronous_commit: "on",
  shared_buffers: "1GB",
  max_wal_size: "4GB",
} as const;

/** Start both servers in folders of their own; disposing ends them and removes the folders. */
export async function startBenchServers(): Promise<BenchServers> {
  const postgres = await startPrivatePostgres({ settings: POSTGRES_SETTINGS });
  const redis = await startPrivateRedis();
  const collector = await startCollector();
  const pool = new Pool({ connectionString: postgres.url, max: 1 });
  return {
    postgresUrl: postgres.url,
    redisUrl: redis.url,
    otlpUrl: collector.url,
    processes: { postgres: postmasterOf(postgres.directory), redis: await pidOf(redis.url) },
    async query(text, params = []) {
      const { rows } = await pool.query<Record<string, unknown>>(text, [...params]);
      return rows;
    },
    async [Symbol.asyncDispose]() {
      await pool.end();
      await collector[Symbol.asyncDispose]();
      await redis[Symbol.asyncDispose]();
      await postgres[Symbol.asyncDispose]();
    },
  };
}

/** A collector of traces, since a mesh in production has one. */
async function startCollector(): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer((request, response) => {
    request.resume().once("end", () => response.end());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** The first line of `postmaster.pid`. */
function postmasterOf(directory: string): number {
  const [pid = ""] = readFileSync(join(directory, "data", "postmaster.pid"), "utf8").split("\n");
  return Number(pid);
}

/** What a Redis says of itself. */
async function pidOf(redisUrl: string): Promise<number> {
  const redis = new Redis(redisUrl);
  try {
    return Number(/^process_id:(\d+)/m.exec(await redis.info("server"))?.[1]);
  } finally {
    redis.disconnect();
  }
}
