import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

import { startPrivatePostgres } from "@orchestrator/postgres/testing";
import { startPrivateRedis } from "@orchestrator/redis/testing";

import { createScriptRunner } from "./script-runner.ts";
import { administer } from "./stored-runs.ts";

const OLD = ["orchestrator-20200101T000000Z", "orchestrator-20200108T000000Z"];
const DAY_MS = 86_400_000;

/** What the scripts promise besides: what stays, what goes, and what is refused. */
export async function verifyScripts(): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), "orchestrator-backup-"));
  const BACKUP_DIR = join(directory, "backups");
  const scripts = createScriptRunner(directory);
  const { run } = scripts;
  const names = (): string[] =>
    readdirSync(BACKUP_DIR)
      .filter((name) => name !== ".lock")
      .toSorted();
  try {
    await using postgres = await startPrivatePostgres();
    await using redis = await startPrivateRedis();
    const urlOf = (name: string): string => postgres.url.replace(/postgres$/, name);
    const env = { POSTGRES_URL: urlOf("kept"), REDIS_URL: redis.url, BACKUP_DIR };
    await administer(postgres.url, "create database kept");
    await administer(env.POSTGRES_URL, TABLE);

    const recent = nameOf(Date.now() - DAY_MS);
    for (const name of [...OLD, recent]) mkdirSync(join(BACKUP_DIR, name), { recursive: true });
    const failed = await run("backup", [], { ...env, POSTGRES_URL: urlOf("absent") });
    assert.equal(failed.code, 1);
    assert.deepEqual(names(), [...OLD, recent], "a backup that failed removed or left something");

    const made = await run("backup", [], env);
    assert.equal(made.code, 0, made.stderr);
    const backup = made.stdout.trim();
    assert.deepEqual(names(), [recent, basename(backup)], "old ones go, recent ones stay");

    const withoutRedis = await run("backup", [], { ...env, ...NO_REDIS, RETENTION_DAYS: "1" });
    assert.equal(withoutRedis.code, 3, withoutRedis.stderr);
    rmSync(withoutRedis.stdout.trim(), { recursive: true });

    await verifyRefusals({ run, env, backup, BACKUP_DIR });
    const checked = await run("restore", ["--check"], env);
    assert.equal(checked.code, 0, checked.stderr);
    assert.match(checked.stdout, /1 tables, 3 rows/);

    const rdb = join(directory, "dump.rdb");
    const target = { ...env, POSTGRES_URL: urlOf("made_by_restore") };
    const restored = await run("restore", ["--create", "--redis-to", rdb, backup], target);
    assert.equal(restored.code, 0, restored.stderr);
    const { status, stdout } = spawnSync("redis-check-rdb", [rdb], { encoding: "utf8" });
    assert.equal(status, 0, stdout);
    for (const POSTGRES_URL of LEAKS) {
      const leaky = await run("backup", [], { ...env, POSTGRES_URL });
      assert.equal(leaky.code, 1, POSTGRES_URL);
      assert.match(leaky.stderr, /percent-encoded/, POSTGRES_URL);
    }
    assert.ok(!scripts.commandLines().includes("leak"), "a password was on a command line");
    await administer(env.POSTGRES_URL, 'delete from "Odd name"');
    const emptied = await run("backup", [], { ...env, RETENTION_DAYS: "0" });
    assert.equal(emptied.code, 4, emptied.stderr);
    assert.deepEqual(names(), [basename(backup), basename(emptied.stdout.trim())]);
    return (
      "what is older than 7 days goes when a new backup was read back whole, and stays when one fails or has lost half of its rows; " +
      "a damaged backup, and a database that is not empty, are refused; --check restores beside"
    );
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** With what SQL and COPY escape. */
const TABLE = `create table "Odd name" (text text);
  insert into "Odd name" values ('two\nlines'), ('\\.'), (null)`;
/** Passwords where a client program would show them to whoever lists processes. */
const LEAKS = [
  "postgresql://user@127.0.0.1:1/kept?password=leak",
  "postgresql://user:leak/more@127.0.0.1:1/kept",
  "postgresql://user:one@leak@127.0.0.1:1/kept",
  "host=127.0.0.1 port=1 password=leak",
];
const NO_REDIS = { REDIS_URL: "redis://127.0.0.1:1" };

type Refusals = {
  readonly run: ReturnType<typeof createScriptRunner>["run"];
  readonly env: Readonly<Record<string, string>>;
  readonly backup: string;
  readonly BACKUP_DIR: string;
};

async function verifyRefusals({ run, env, backup, BACKUP_DIR }: Refusals): Promise<void> {
  const damaged = join(BACKUP_DIR, nameOf(Date.now() + DAY_MS));
  cpSync(backup, damaged, { recursive: true });
  const dump = readFileSync(join(damaged, "postgres.dump"));
  const middle = dump.length >> 1;
  dump.writeUInt8(dump.readUInt8(middle) ^ 1, middle);
  writeFileSync(join(damaged, "postgres.dump"), dump);
  const refused = await run("restore", ["--check", damaged], env);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /is not whole/);
  const passedOver = await run("restore", ["--check"], env);
  assert.equal(passedOver.code, 0, passedOver.stderr);
  assert.match(passedOver.stdout, new RegExp(basename(backup)));
  rmSync(damaged, { recursive: true });

  const full = await run("restore", [], env);
  assert.equal(full.code, 1);
  assert.match(full.stderr, /only an empty one/);
}

function nameOf(atMs: number): string {
  const time = new Date(atMs).toISOString().replaceAll(/[-:]|\.\d+/g, "");
  return `orchestrator-${time}`;
}
