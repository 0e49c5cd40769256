import { findPostgres, startPrivatePostgres } from "@orchestrator/postgres/testing";
import { findRedis, startPrivateRedis } from "@orchestrator/redis/testing";

/** Servers for the tests, and where they are. */
export interface TestServers extends AsyncDisposable {
  readonly env: Readonly<Record<string, string>>;
}

/** Whether any test at hand wants servers, and whether it is a failure to have none. */
export type TestServersOptions = {
  readonly needed: boolean;
  readonly required: boolean;
};

/**
 * Finds the servers that the tests use: those that TEST_POSTGRES_URL and TEST_REDIS_URL name, else private ones for
 * this run. Where one is not installed, says what is left out, or throws if it is required.
 */
export async function openTestServers({
  needed,
  required,
}: TestServersOptions): Promise<TestServers> {
  const env: Record<string, string> = {};
  const opened: AsyncDisposable[] = [];
  const dispose = async () => {
    await Promise.all(opened.map((server) => server[Symbol.asyncDispose]()));
  };
  try {
    for (const kind of needed ? KINDS : []) {
      const given = process.env[kind.variable];
      if (given) {
        env[kind.variable] = given;
      } else if (kind.isInstalled()) {
        const server = await kind.start();
        opened.push(server);
        env[kind.variable] = server.url;
      } else if (required) {
        throw new Error(kind.missing);
      } else {
        console.log(kind.missing);
      }
    }
  } catch (error) {
    await dispose();
    throw error;
  }
  return { env, [Symbol.asyncDispose]: dispose };
}

type ServerKind = {
  readonly variable: "TEST_POSTGRES_URL" | "TEST_REDIS_URL";
  readonly isInstalled: () => boolean;
  readonly start: () => Promise<AsyncDisposable & { readonly url: string }>;
  readonly missing: string;
};

const KINDS: readonly ServerKind[] = [
  {
    variable: "TEST_POSTGRES_URL",
    isInstalled: () => findPostgres() !== undefined,
    // As durable as in production, with room for two files at a time and the pools that they open.
    start: () =>
      startPrivatePostgres({
        settings: { max_connections: 200, shared_buffers: "128MB", max_wal_size: "2GB" },
      }),
    missing:
      "Left out: tests on PostgreSQL (PGlite stands in); apt-get install postgresql, or set TEST_POSTGRES_URL",
  },
  {
    variable: "TEST_REDIS_URL",
    isInstalled: () => findRedis() !== undefined,
    start: startPrivateRedis,
    missing:
      "Left out: tests on Redis (its in-memory twin stands in); apt-get install redis-server, or set TEST_REDIS_URL",
  },
];
