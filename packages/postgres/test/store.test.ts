import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

import { int, migrate, none, openPglite, prepareStore, StoreInUse } from "../src/index.ts";
import { migrationsOf } from "./migration-folder.ts";

const COUNT = {
  name: "count",
  text: "select count(*) from probe.item",
  row: ([count]: readonly unknown[]) => int(count),
};
const INSERT = { name: "insert", text: "insert into probe.item values ($1)", row: none };

describe("a store in a folder", () => {
  let root: string;
  let prepared: string;
  let migrations: Awaited<ReturnType<typeof migrationsOf>>;
  before(async () => {
    root = await mkdtemp(join(tmpdir(), "store-"));
    migrations = await migrationsOf({ "0001_item.sql": "create table item (id int primary key);" });
    const wanted = { schema: "probe", directory: migrations.directory };
    // Two at once, as by two commands: one of them makes it, both get it.
    const [one, two] = await Promise.all([
      prepareStore({ cacheDir: join(root, "cache"), migrations: [wanted] }),
      prepareStore({ cacheDir: join(root, "cache"), migrations: [wanted] }),
    ]);
    assert.equal(one, two);
    prepared = one;
  });
  after(async () => {
    await migrations[Symbol.asyncDispose]();
    await rm(root, { recursive: true, force: true });
  });

  it("starts as a copy of the prepared one, and keeps what was written", async () => {
    const directory = join(root, "kept");
    {
      await using db = await openPglite({ directory, prepared });
      await migrate(db, { schema: "probe", directory: migrations.directory });
      await db.query(INSERT, [1]);
    }
    await using db = await openPglite({ directory, prepared });
    assert.deepEqual(await db.query(COUNT), [1]);
  });

  it("forgets a copy that was not completed", async () => {
    const directory = join(root, "torn");
    await mkdir(join(directory, "data.new"), { recursive: true });
    await writeFile(join(directory, "data.new", "PG_VERSION"), "torn");
    await using db = await openPglite({ directory, prepared });
    assert.deepEqual(await db.query(COUNT), [0]);
    assert.deepEqual((await readdir(directory)).toSorted(), ["data", "lock"]);
  });

  it("is open once, and says which process has it", async () => {
    const directory = join(root, "held");
    await using db = await openPglite({ directory, prepared });
    await assert.rejects(openPglite({ directory }), (error) => {
      assert.ok(error instanceof StoreInUse);
      assert.equal(error.pid, process.pid);
      return true;
    });
    assert.deepEqual(await db.query(COUNT), [0]);
  });

  it("keeps every acknowledged row when the process is killed, and opens again at once", async () => {
    const directory = join(root, "killed");
    const child = writer({ directory, prepared });
    let acknowledged = 0;
    for await (const chunk of child.stdout ?? []) {
      acknowledged = Number(String(chunk).trim().split("\n").at(-1));
      if (acknowledged > 200 && !child.killed) {
        await assert.rejects(
          openPglite({ directory }),
          (error) => error instanceof StoreInUse && error.pid === child.pid,
        );
        child.kill("SIGKILL");
      }
    }
    await using db = await openPglite({ directory });
    const [rows = 0] = await db.query(COUNT);
    assert.ok(rows >= acknowledged && acknowledged > 200, `${rows} rows, ${acknowledged} known`);
  });

  it("is not kept from us by a process that has only the number of its holder", async () => {
    const directory = join(root, "reused");
    const holder = { pid: process.pid, host: hostname(), startedAt: "long ago" };
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, "lock"), JSON.stringify(holder));
    await using db = await openPglite({ directory, prepared });
    assert.deepEqual(await db.query(COUNT), [0]);
  });

  it("is left alone while another machine touches its lock", async () => {
    const directory = join(root, "foreign");
    await mkdir(directory, { recursive: true });
    await writeFile(
      join(directory, "lock"),
      JSON.stringify({ pid: 1, host: "elsewhere", startedAt: "now" }),
    );
    await assert.rejects(openPglite({ directory }), /process 1 on elsewhere/);
  });

  it("keeps the planner's statistics up with what is written", async () => {
    await using db = await openPglite({ prepared });
    for (let id = 0; id < 600; id += 1) {
      await db.query(INSERT, [id]);
    }
    const [known = 0] = await db.query({
      name: "known",
      text: "select reltuples from pg_class where oid = 'probe.item'::regclass",
      row: ([rows]) => int(rows),
    });
    assert.ok(known >= 400, `the planner knows of ${known} rows`);
  });

  it("refuses statements once it is closed", async () => {
    const db = await openPglite({ prepared });
    await db[Symbol.asyncDispose]();
    await db[Symbol.asyncDispose]();
    await assert.rejects(db.query(COUNT), /closed/);
  });
});

/** A process that inserts rows and says which it has been told are there. */
function writer(options: { directory: string; prepared: string }): ChildProcess {
  const module = new URL("../src/index.ts", import.meta.url).href;
  const program = `
    import { openPglite } from ${JSON.stringify(module)};
    const db = await openPglite(${JSON.stringify(options)});
    for (let id = 1; ; id += 1) {
      await db.query({ name: "insert", text: "insert into probe.item values ($1)", row: () => undefined }, [id]);
      process.stdout.write(id + "\\n");
      await new Promise((resolve) => setImmediate(resolve));
    }`;
  const child = spawn(
    process.execPath,
    [
      ...process.execArgv.filter((arg) => !arg.startsWith("--test")),
      "--input-type=module",
      "-e",
      program,
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  once(child, "error").then(
    ([error]) => {
      throw error;
    },
    () => undefined,
  );
  return child;
}
