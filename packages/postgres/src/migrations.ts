import { int, text } from "./columns.ts";
import { quoteIdentifier, quoteLiteral } from "./identifier.ts";
import { type MigrationFile, readMigrationFiles } from "./migration-files.ts";
import { sqlStateOf } from "./sql-error.ts";
import type { Database, Statement } from "./sql.ts";
import { StoreMismatch } from "./store-mismatch.ts";

/** The migrations of one schema: files `NNNN_name.sql` in a folder, applied in their order, each in a transaction. */
export type Migrations = {
  readonly schema: string;
  readonly directory: string;
};

/** Where a schema stands. */
export type MigrationStatus = {
  readonly applied: readonly string[];
  readonly pending: readonly string[];
};

/**
 * Brings a schema up to date. Several processes may do so at the same time. A store that a newer version has written,
 * or of which an applied file was changed, is refused before anything happens to it.
 */
export async function migrate(db: Database, migrations: Migrations): Promise<void> {
  const files = await readMigrationFiles(migrations.directory);
  await db.script(ledgerText(migrations.schema));
  for (;;) {
    const next = pendingOf(files, await appliedIn(db, migrations.schema), migrations.schema)[0];
    if (next === undefined) return;
    try {
      await db.script(migrationText(migrations.schema, next));
    } catch (error) {
      if (!(await wasAppliedMeanwhile(db, { schema: migrations.schema, file: next, error }))) {
        throw new Error(
          `migration ${next.name} of ${migrations.schema} failed: ${messageOf(error)}`,
          { cause: error },
        );
      }
    }
  }
}

/** What was applied to a schema and what was not, by name of file; nothing is changed. */
export async function migrationStatus(
  db: Database,
  { schema, directory }: Migrations,
): Promise<MigrationStatus> {
  const files = await readMigrationFiles(directory);
  const [ledger] = await db.query(LEDGER_EXISTS, [schema]);
  const applied = ledger === true ? await appliedIn(db, schema) : [];
  return {
    applied: applied.map(({ name }) => name),
    pending: pendingOf(files, applied, schema).map(({ name }) => name),
  };
}

type Applied = { readonly version: number; readonly name: string; readonly sha256: string };

const LEDGER_EXISTS: Statement<boolean> = {
  name: "migration_ledger_exists",
  text: `select 1 from information_schema.tables where table_schema = $1 and table_name = 'migration'`,
  row: () => true,
};

/** Any number, the same for all: schemas are migrated one after the other. */
const LOCK_KEY = 7_226_350_417;
const LOCK = `select pg_advisory_xact_lock(${LOCK_KEY});`;

async function appliedIn(db: Database, schema: string): Promise<readonly Applied[]> {
  return db.query({
    name: `migration_ledger_${schema}`,
    text: `select version, name, sha256 from ${quoteIdentifier(schema)}.migration order by version`,
    row: ([version, name, sha256]) => ({
      version: int(version),
      name: text(name),
      sha256: text(sha256),
    }),
  });
}

function pendingOf(
  files: readonly MigrationFile[],
  applied: readonly Applied[],
  schema: string,
): readonly MigrationFile[] {
  const problems = applied.flatMap(({ version, name, sha256 }, index) => {
    const file = files[index];
    if (file === undefined) return [`${name} is not known here: the store is of a newer version`];
    if (file.version !== version) return [`${name} is missing among the files`];
    return file.sha256 === sha256 ? [] : [`${name} was changed after it was applied`];
  });
  if (problems[0] !== undefined) {
    throw new StoreMismatch(schema, problems[0]);
  }
  return files.slice(applied.length);
}

/** Whether the failure is that another process was faster. */
async function wasAppliedMeanwhile(
  db: Database,
  { schema, file, error }: { schema: string; file: MigrationFile; error: unknown },
): Promise<boolean> {
  if (sqlStateOf(error) !== "23505") return false;
  return (await appliedIn(db, schema)).some(({ version }) => version === file.version);
}

function ledgerText(schema: string): string {
  const quoted = quoteIdentifier(schema);
  return `${LOCK}
create schema if not exists ${quoted};
create table if not exists ${quoted}.migration (
  version int primary key,
  name text not null,
  sha256 text not null,
  applied_at timestamptz not null default now()
);`;
}

/** The ledger's row comes first: who is late fails on its key, before anything of the file runs twice. */
function migrationText(schema: string, { version, name, sha256, sql }: MigrationFile): string {
  const quoted = quoteIdentifier(schema);
  return `${LOCK}
set local lock_timeout = '30s';
set local statement_timeout = 0;
insert into ${quoted}.migration (version, name, sha256) values (${version}, ${quoteLiteral(name)}, ${quoteLiteral(sha256)});
set local search_path = ${quoted}, public;
${sql}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
