import { fileURLToPath } from "node:url";

import type { Migrations } from "../migrations.ts";
import { openPglite } from "../pglite.ts";
import { prepareStore } from "../prepared-store.ts";
import { openTestDatabase, type TestDatabase } from "./test-database.ts";

/** One way to run SQL, for a suite that must hold for each of them. */
export type TestDriver = {
  readonly name: "PGlite" | "PostgreSQL";
  open(migrations: readonly Migrations[]): Promise<TestDatabase>;
};

/** The drivers that can be tested here: PGlite always, PostgreSQL where the tests were given a server. */
export function testDatabases(): readonly TestDriver[] {
  const url = testPostgresUrl();
  return url === undefined
    ? [PGLITE]
    : [
        PGLITE,
        {
          name: "PostgreSQL",
          open: (migrations) => openTestDatabase({ url, migrations }),
        },
      ];
}

/** The server that the tests were given. */
export function testPostgresUrl(): string | undefined {
  // oxlint-disable-next-line node/no-process-env -- a test file has no main.ts that could hand it over
  return process.env["TEST_POSTGRES_URL"] || undefined;
}

const PGLITE: TestDriver = {
  name: "PGlite",
  async open(migrations) {
    const db = await openPglite({
      prepared: await prepareStore({ cacheDir: testStoreCache(), migrations }),
    });
    return { db, url: undefined, [Symbol.asyncDispose]: () => db[Symbol.asyncDispose]() };
  },
};

function testStoreCache(): string {
  return fileURLToPath(
    new URL("../../../.cache/orchestrator-test-store", import.meta.resolve("@electric-sql/pglite")),
  );
}
