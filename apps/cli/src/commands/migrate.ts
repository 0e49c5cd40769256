import { join } from "node:path";

import {
  type Database,
  migrate,
  migrationStatus,
  openPglite,
  openPostgres,
} from "@orchestrator/postgres";
import { migrations as registryMigrations } from "@orchestrator/registry";
import { readSettings, type Settings } from "@orchestrator/service";
import { migrations as stateMigrations } from "@orchestrator/state";

import { EXIT, type ExitCode } from "../exit-code.ts";
import type { Io } from "../io.ts";
import { jsonText } from "../output/answer.ts";
import { table } from "../output/table.ts";

type Options = { readonly config?: string; readonly json?: boolean };

/** Schemas with their migrations, in the order in which they are applied. */
export const SCHEMAS = [stateMigrations, registryMigrations];

/** `migrate status`: what is applied, and what is due. */
export async function migrationsStatus(io: Io, options: Options): Promise<ExitCode> {
  await using database = await openDatabase(settingsOf(io, options));
  const rows = [];
  for (const migrations of SCHEMAS) {
    const { applied, pending } = await migrationStatus(database, migrations);
    rows.push(
      ...applied.map((name) => ({ schema: migrations.schema, migration: name, status: "applied" })),
      ...pending.map((name) => ({ schema: migrations.schema, migration: name, status: "due" })),
    );
  }
  io.stdout.write(
    options.json === true
      ? `${jsonText(rows)}\n`
      : table(
          ["SCHEMA", "MIGRATION", "STATUS"],
          rows.map((row) => Object.values(row)),
        ),
  );
  return EXIT.ok;
}

/** `migrate up`: apply what is due; running it again changes nothing. */
export async function migrateUp(io: Io, options: Options): Promise<ExitCode> {
  await using database = await openDatabase(settingsOf(io, options));
  const done: { schema: string; migration: string }[] = [];
  for (const migrations of SCHEMAS) {
    const { pending } = await migrationStatus(database, migrations);
    await migrate(database, migrations);
    done.push(...pending.map((migration) => ({ schema: migrations.schema, migration })));
  }
  io.stdout.write(
    options.json === true
      ? `${jsonText(done)}\n`
      : done.length === 0
        ? "nothing was due\n"
        : done.map(({ schema, migration }) => `applied ${schema} ${migration}\n`).join(""),
  );
  return EXIT.ok;
}

/** The database of the settings: PostgreSQL, or the embedded store of this folder. */
export async function openDatabase({ storage, database }: Settings): Promise<Database> {
  return database === undefined || storage.backend !== "postgres"
    ? openPglite({ directory: join(storage.path, "store") })
    : openPostgres({
        url: database.url.reveal(),
        poolSize: 1,
        applicationName: "orchestrator-cli",
      });
}

function settingsOf(io: Io, { config }: Options): Settings {
  return readSettings({
    env: io.env,
    cwd: io.cwd,
    ...(config === undefined ? {} : { path: config }),
  });
}
