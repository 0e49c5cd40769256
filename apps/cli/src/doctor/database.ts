import { join } from "node:path";

import { SCHEMAS } from "@orchestrator/mesh";
import { type Database, migrationStatus, StoreInUse } from "@orchestrator/postgres";
import type { Settings } from "@orchestrator/service";

import { hasStore, openDatabase } from "../commands/migrate.ts";
import { type Finding, found, reasonOf } from "./finding.ts";

const MAX_SKEW_MS = 1_000;

/** Whether the database answers, its clock agrees with this machine's, and its schemas are up to date. */
export async function examineDatabase(settings: Settings): Promise<Finding[]> {
  const isServer = settings.storage.backend === "postgres";
  const what = isServer ? "database" : "embedded store";
  const folder = join(settings.storage.path, "store");
  if (!hasStore(settings)) {
    return [found(what, "off", `there is none in ${folder} yet; the first run makes it`)];
  }
  try {
    await using database = await openDatabase(settings);
    return [...(await examineClock(what, database)), await examineMigrations(database)];
  } catch (error) {
    return error instanceof StoreInUse
      ? [found(what, "ok", `process ${error.pid} has ${folder} open and looks after it`)]
      : [found(what, "failed", reasonOf(error))];
  }
}

async function examineClock(what: string, database: Database): Promise<Finding[]> {
  const sentAtMs = Date.now();
  const [row] = await database.query({
    name: "doctor_clock",
    text: "select (extract(epoch from clock_timestamp()) * 1000)::float8, version()",
    row: ([ms, version]) => ({ ms: Number(ms), version: String(version) }),
  });
  const skewMs = Math.round((row?.ms ?? 0) - (sentAtMs + Date.now()) / 2);
  return [
    found(what, "ok", row?.version.split(" on ")[0] ?? ""),
    found(
      "clock",
      Math.abs(skewMs) > MAX_SKEW_MS ? "warning" : "ok",
      `differs by ${skewMs} ms from the database's`,
    ),
  ];
}

async function examineMigrations(database: Database): Promise<Finding> {
  const due: string[] = [];
  for (const migrations of SCHEMAS) {
    const { pending } = await migrationStatus(database, migrations);
    due.push(...pending.map((name) => `${migrations.schema} ${name}`));
  }
  return due.length === 0
    ? found("migrations", "ok", "nothing is due")
    : found("migrations", "warning", `due: ${due.join(", ")}; run: orchestrator migrate up`);
}
