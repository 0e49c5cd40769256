import { randomUUID } from "node:crypto";

import { Client } from "pg";

import { quoteIdentifier } from "../identifier.ts";
import { migrate, type Migrations } from "../migrations.ts";
import { openPostgres, type PostgresOptions } from "../postgres.ts";
import { keyOfMigrations } from "../prepared-store.ts";
import type { Database } from "../sql.ts";

/** A database of a test file, empty but for the migrations; gone when it is disposed. */
export interface TestDatabase extends AsyncDisposable {
  readonly db: Database;
  /** Its address; undefined for a database within this process. */
  readonly url: string | undefined;
}

/** Where the server is, and what the database starts with. */
export type TestDatabaseOptions = Omit<PostgresOptions, "url"> & {
  readonly url: string;
  readonly migrations: readonly Migrations[];
};

/** Makes a database on a server: a copy of a template, to which the migrations were applied once. */
export async function openTestDatabase({
  url,
  migrations,
  ...options
}: TestDatabaseOptions): Promise<TestDatabase> {
  const template = await ensureTemplate(url, migrations);
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  await administer(url, `create database ${quoteIdentifier(name)} template ${template}`);
  const ownUrl = withDatabase(url, name);
  const db = await openPostgres({ ...options, url: ownUrl });
  return {
    db,
    url: ownUrl,
    async [Symbol.asyncDispose]() {
      await db[Symbol.asyncDispose]();
      await administer(url, `drop database if exists ${quoteIdentifier(name)} with (force)`);
    },
  };
}

/** Any number, the same for all test files. */
const TEMPLATE_LOCK = 7_226_350_418;

async function ensureTemplate(url: string, migrations: readonly Migrations[]): Promise<string> {
  const template = `template_${await keyOfMigrations(migrations)}`;
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query("select pg_advisory_lock($1)", [TEMPLATE_LOCK]);
    const found = await client.query("select 1 from pg_database where datname = $1", [template]);
    if (found.rowCount === 0) {
      // It gets its name when it is whole: whoever dies before leaves nothing that looks like it.
      const draft = `${template}_new`;
      await client.query(`drop database if exists ${draft} with (force)`);
      await client.query(`create database ${draft}`);
      await migrateAll(withDatabase(url, draft), migrations);
      await client.query(`alter database ${draft} rename to ${template}`);
    }
  } finally {
    await client.end();
  }
  return template;
}

async function migrateAll(url: string, migrations: readonly Migrations[]): Promise<void> {
  await using db = await openPostgres({ url });
  for (const each of migrations) {
    await migrate(db, each);
  }
}

async function administer(url: string, text: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}

function withDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}
