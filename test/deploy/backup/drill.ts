import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { createOrchestrator } from "@orchestrator/client";
import { openNodeTransport } from "@orchestrator/client/node";
import { startPrivatePostgres } from "@orchestrator/postgres/testing";
import { startPrivateRedis } from "@orchestrator/redis/testing";

import { type MeshProcesses, startMeshProcesses } from "../../harness/mesh-processes.ts";
import { createScriptRunner, type ScriptRunner } from "./script-runner.ts";
import { administer, storedRuns, untilAllCompleted } from "./stored-runs.ts";
import { type Acknowledged, startSubmitter, submit } from "./submitter.ts";

const BEFORE_MS = 6_000;
const BETWEEN_MS = 3_000;
const END_LIMIT_MS = 120_000;
/** Has to be escaped in an address, and must not be seen on any command line. */
const PASSWORD = "kept secret@home";

/** Loads a mesh, backs it up while it works, destroys its database and every process, and goes on with the backup. */
export async function drill(): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), "orchestrator-backup-"));
  const scripts = createScriptRunner(directory);
  const backups = join(directory, "backups");
  try {
    await using redis = await startPrivateRedis();
    const before = await loadAndDestroy({ directory, scripts, backups, redisUrl: redis.url });
    await using postgres = await startPrivatePostgres();
    const restoringMs = Date.now();
    const postgresUrl = databaseOn(postgres.port);
    const restored = await scripts.run("restore", ["--create"], {
      POSTGRES_URL: postgresUrl,
      BACKUP_DIR: backups,
    });
    assert.equal(restored.code, 0, restored.stderr);
    const restoredMs = Date.now();
    const stored = await storedRuns(postgresUrl);
    const open = stored.filter(({ status }) => status < 4).length;
    assert.ok(open > 0, "no run was under way when the backup was made");
    await using mesh = await startMesh({ directory, name: "after", postgresUrl, redis: redis.url });
    const servingMs = Date.now();
    const kept = new Set(stored.map(({ runId }) => runId));
    const lost = await sendAgain(mesh, { ...before, kept });
    await untilAllCompleted(postgresUrl, END_LIMIT_MS);
    assert.ok(!scripts.commandLines().includes("kept"), "a password was on a command line");
    return (
      `${before.acknowledged.length} runs acknowledged, backup of ${kept.size} (${open} under way) in ${seconds(before.beganMs, before.madeMs)} s; ` +
      `database and processes destroyed; RPO: age of the backup, here ${seconds(before.beganMs, before.destroyedMs)} s, ${lost} runs, all accepted again; ` +
      `RTO: ${seconds(restoringMs, servingMs)} s (restored and counted ${seconds(restoringMs, restoredMs)} s, services started ${seconds(restoredMs, servingMs)} s); ` +
      `every run at its end ${seconds(servingMs, Date.now())} s later`
    );
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function seconds(fromMs: number, toMs: number): string {
  return ((toMs - fromMs) / 1_000).toFixed(1);
}

type Before = {
  readonly acknowledged: readonly Acknowledged[];
  readonly beganMs: number;
  readonly madeMs: number;
  readonly destroyedMs: number;
};

type Place = {
  readonly directory: string;
  readonly scripts: ScriptRunner;
  readonly backups: string;
  readonly redisUrl: string;
};

async function loadAndDestroy({ directory, scripts, backups, redisUrl }: Place): Promise<Before> {
  await using postgres = await startPrivatePostgres();
  const postgresUrl = databaseOn(postgres.port);
  await administer(postgres.url, "create database orchestrator");
  await using mesh = await startMesh({ directory, name: "before", postgresUrl, redis: redisUrl });
  using transport = openNodeTransport({ url: mesh.url, protocol: "grpc" });
  const submitter = startSubmitter(createOrchestrator(transport));
  await delay(BEFORE_MS);
  const beganMs = Date.now();
  const made = await scripts.run("backup", [], {
    POSTGRES_URL: postgresUrl,
    REDIS_URL: redisUrl,
    BACKUP_DIR: backups,
  });
  assert.equal(made.code, 0, made.stderr);
  const madeMs = Date.now();
  await delay(BETWEEN_MS);
  const destroyedMs = Date.now();
  const stopped = submitter.stop();
  await Promise.all(mesh.all.map((process) => process.kill()));
  await stopped;
  const { acknowledged } = submitter;
  return { acknowledged, beganMs, madeMs, destroyedMs };
}

/** What a client does that does not know: under its request id, a run that was kept is found, one that was lost is made. */
async function sendAgain(
  mesh: MeshProcesses,
  { acknowledged, beganMs, kept }: Before & { readonly kept: ReadonlySet<string> },
): Promise<number> {
  using transport = openNodeTransport({ url: mesh.url, protocol: "grpc" });
  const { runs } = createOrchestrator(transport);
  let lost = 0;
  for (const { requestId, runId, atMs } of acknowledged) {
    const again = await submit({ runs }, requestId);
    if (kept.has(runId)) {
      assert.equal(again.runId, runId, "a run that was kept was made again");
    } else {
      assert.ok(atMs >= beganMs, `${runId} was acknowledged before the backup, and is not in it`);
      lost += 1;
    }
  }
  return lost;
}

type MeshPlace = {
  readonly directory: string;
  readonly name: string;
  readonly postgresUrl: string;
  readonly redis: string;
};

function startMesh({ directory, name, postgresUrl, redis }: MeshPlace): Promise<MeshProcesses> {
  return startMeshProcesses({
    directory: join(directory, name),
    postgresUrl,
    redisUrl: redis,
    states: 2,
    config: "tools:\n  host_processes: allow\n",
  });
}

function databaseOn(port: number): string {
  return `postgresql://postgres:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}/orchestrator`;
}
