import { existsSync } from "node:fs";
import { join } from "node:path";

import { openEmbeddedStore, SCHEMAS } from "@orchestrator/mesh";
import {
  type Database,
  migrate,
  migrationStatus,
  openPglite,
  openPostgres,
} from "@orchestrator/postgres";
import type { Settings } from "@orchestrator/service";

import { EXIT, type ExitCode } from "../exit-code.ts";
import type { Io } from "../io.ts";
import { jsonText } from "../output/answer.ts";
import { table } from "../output/table.ts";
import { settingsOf } from "./config.ts";

type Options = { readonly config?: string; readonly json?: boolean };

/** `migrate status`: what is applied, and what is due; nothing is changed. */
export async function migrationsStatus(io: Io, options: Options): Promise<ExitCode> {
  const settings = settingsOf(io, options);
  // A store that is not there yet has everything due.
  await using database = await (hasStore(settings) ? openDatabase(settings) : openPglite());
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
  const settings = settingsOf(io, options);
  const wasThere = hasStore(settings);
  await using database = await openDatabase(settings);
  const done: { schema: string; migration: string }[] = [];
  for (const migrations of SCHEMAS) {
    const { applied, pending } = await migrationStatus(database, migrations);
    await migrate(database, migrations);
    // A new embedded store begins as a copy of one that has them all.
    const names = wasThere ? pending : [...applied, ...pending];
    done.push(...names.map((migration) => ({ schema: migrations.schema, migration })));
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

/** Whether there is a database to look at: a server, or an embedded store that was made before. */
export function hasStore({ storage, database }: Settings): boolean {
  return (
    (storage.backend === "postgres" && database !== undefined) ||
    existsSync(join(storage.path, "store", "data"))
  );
}

/** The database of the settings: PostgreSQL, or the embedded store of this folder. */
export async function openDatabase(settings: Settings): Promise<Database> {
  const { storage, database } = settings;
  return database === undefined || storage.backend !== "postgres"
    ? openEmbeddedStore(settings)
    : openPostgres({
        url: database.url.reveal(),
        poolSize: 1,
        applicationName: "orchestrator-cli",
      });
}
