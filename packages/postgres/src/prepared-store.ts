import { createHash, randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { readMigrationFiles } from "./migration-files.ts";
import { migrate, type Migrations } from "./migrations.ts";
import { openPglite } from "./pglite.ts";

/** What a ready-made store holds, and the folder that such stores are kept in. */
export type PreparedStoreOptions = {
  readonly cacheDir: string;
  readonly migrations: readonly Migrations[];
};

/**
 * Makes the folder from which `openPglite` starts a new database: an empty one to which all migrations were applied.
 * It is made once for each version of the engine and content of the migrations.
 */
export async function prepareStore({
  cacheDir,
  migrations,
}: PreparedStoreOptions): Promise<string> {
  const store = join(cacheDir, await keyOfMigrations(migrations, await engineVersion()));
  if (await isThere(store)) return store;
  const draft = join(cacheDir, `new-${randomUUID()}`);
  await mkdir(draft, { recursive: true });
  try {
    await build(draft, migrations);
    await rename(draft, store);
  } catch (error) {
    // Another process may have made it meanwhile; then that one serves.
    if (!(await isThere(store))) throw error;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  await removeOld(cacheDir);
  return store;
}

/** A short name for the content of migrations, and of what they are applied to. */
export async function keyOfMigrations(
  migrations: readonly Migrations[],
  base = "",
): Promise<string> {
  const hash = createHash("sha256").update(base);
  for (const { schema, directory } of migrations) {
    hash.update(`\n${schema}`);
    for (const { name, sha256 } of await readMigrationFiles(directory)) {
      hash.update(`\n${name} ${sha256}`);
    }
  }
  return hash.digest("hex").slice(0, 16);
}

/** The folder for such stores beside the installed engine, the same for all who run from this installation. */
export function storeCache(): string {
  return fileURLToPath(
    new URL("../../../.cache/orchestrator-store", import.meta.resolve("@electric-sql/pglite")),
  );
}

/** Stores of earlier versions that are kept, for other checkouts that share the folder. */
const MAX_STORES = 16;

async function build(draft: string, migrations: readonly Migrations[]): Promise<void> {
  {
    await using db = await openPglite({ directory: draft });
    for (const each of migrations) {
      await migrate(db, each);
    }
  }
  const { PGlite } = await import("@electric-sql/pglite");
  const engine = await PGlite.create(join(draft, "data"));
  const archive = await engine.dumpDataDir("gzip");
  await engine.close();
  await writeFile(join(draft, "data.tar.gz"), Buffer.from(await archive.arrayBuffer()));
}

async function engineVersion(): Promise<string> {
  const manifest = new URL("../package.json", import.meta.resolve("@electric-sql/pglite"));
  const { version }: { version: string } = JSON.parse(await readFile(manifest, "utf8"));
  return version;
}

async function isThere(store: string): Promise<boolean> {
  try {
    await stat(join(store, "data.tar.gz"));
    return true;
  } catch {
    // Not there, or not readable: it is made, which says what is wrong.
    return false;
  }
}

async function removeOld(cacheDir: string): Promise<void> {
  const names = (await readdir(cacheDir)).filter((name) => /^[0-9a-f]{16}$/.test(name));
  const dated = await Promise.all(
    names.map(async (name) => ({ name, at: (await stat(join(cacheDir, name))).mtimeMs })),
  );
  const old = dated.toSorted((left, right) => right.at - left.at).slice(MAX_STORES);
  await Promise.all(
    old.map(({ name }) => rm(join(cacheDir, name), { recursive: true, force: true })),
  );
}
