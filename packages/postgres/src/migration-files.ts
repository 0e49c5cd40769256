import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** One step of a schema, as it lies in its file. */
export type MigrationFile = {
  readonly version: number;
  readonly name: string;
  readonly sha256: string;
  readonly sql: string;
};

/** The migrations of a folder in their order; numbers start at 1 and have no gaps. */
export async function readMigrationFiles(directory: string): Promise<readonly MigrationFile[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith(".sql")).toSorted();
  return Promise.all(
    names.map(async (name, index) => {
      const version = versionOf(name);
      if (version !== index + 1) {
        throw new Error(
          `migration ${join(directory, name)} must be called ${String(index + 1).padStart(4, "0")}_<name>.sql`,
        );
      }
      const sql = await readFile(join(directory, name), "utf8");
      return { version, name, sql, sha256: createHash("sha256").update(sql).digest("hex") };
    }),
  );
}

function versionOf(name: string): number | undefined {
  const match = /^(\d{4})_[a-z0-9_]+\.sql$/.exec(name);
  return match === null ? undefined : Number(match[1]);
}
