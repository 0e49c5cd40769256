// A database that is down when the mesh starts, and processes that are asked to end.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";

import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import {
  Health,
  HealthCheckResponse_ServingStatus as Status,
} from "@orchestrator/proto/grpc/health/v1/health_pb";
import { RunEventKind } from "@orchestrator/proto/v1/run_pb";

import type { ServiceProcess } from "../harness/service-process.ts";
import { followRun } from "./followed-run.ts";
import { MISSING, startProcessMesh } from "./process-mesh.ts";

const ONE_STEP = `id: one
name: One step
steps:
  - {id: only, action: control_flow}
`;

describe("a mesh whose database is down when it starts", { skip: MISSING }, () => {
  it("says NOT_SERVING, and serves once the database is there", async () => {
    await using mesh = await startProcessMesh({ withoutDatabase: true });
    for (const { name, port, opsPort } of mesh.all) {
      if (name.startsWith("executor")) continue; // It needs state, which it waits for.
      assert.equal(await firstStatus(port, ""), Status.NOT_SERVING, `${name} says NOT_SERVING`);
      assert.equal(await firstStatus(port, "liveness"), Status.SERVING, `${name} is alive`);
      assert.equal(await httpStatus(opsPort, "/ready"), 503, `${name} is not ready`);
      assert.equal(await httpStatus(opsPort, "/health"), 200, `${name} is healthy`);
    }
    await mesh.postgres.start();
    await Promise.all(mesh.all.map((process) => process.ready()));
    for (const { name, port } of mesh.all) {
      assert.equal(await firstStatus(port, ""), Status.SERVING, `${name} serves`);
    }
    const run = await followRun(mesh, ONE_STEP);
    assert.equal((await run.document()).success, true);
  });
});

describe("processes that are asked to end", { skip: MISSING }, () => {
  it("hand their runs back at once, and end one after the other with code 0", async (t) => {
    await using mesh = await startProcessMesh();
    const marks = join(mesh.directory, "handed-back");
    const run = await followRun(mesh, LONG_STEP, { inputs: { marks } });
    while (!existsSync(marks)) await delay(20);
    const leaving = await mesh.busyExecutor();
    const askedAtMs = Date.now();
    const code = leaving.stop();
    const done = await run.seen(RunEventKind.STEP_COMPLETED);
    t.diagnostic(`the other executor was done after ${done.seenAtMs - askedAtMs} ms`);
    assert.equal(await code, 0);
    const { success } = await run.document();
    assert.equal(success, true);
    assert.equal(mesh.logged("session_closed", mesh.states).length, 1);
    assert.deepEqual(mesh.logged("session_died", mesh.states), []);
    assert.deepEqual(mesh.logged("runs_taken_over", mesh.states), []);

    const others = mesh.executors.filter((executor) => executor !== leaving);
    const inOrder = [mesh.gateway, ...others, ...mesh.registries, ...mesh.states];
    const codes: (readonly [string, number | undefined])[] = [];
    for (const process of inOrder) codes.push(await exitCode(process));
    assert.deepEqual(
      codes,
      inOrder.map(({ name }) => [name, 0]),
    );
  });

  it("end with code 0 also when all are asked at the same moment, with a run in the middle", async () => {
    await using mesh = await startProcessMesh();
    const marks = join(mesh.directory, "all-at-once");
    await followRun(mesh, LONG_STEP, { inputs: { marks } });
    while (!existsSync(marks)) await delay(20);
    const codes = await Promise.all(mesh.all.map(exitCode));
    assert.deepEqual(
      Object.fromEntries(codes),
      Object.fromEntries(codes.map(([name]) => [name, 0])),
    );
  });
});

/** Takes longer than a lease lasts. */
const LONG_STEP = `id: long
name: A long step that may be repeated
inputs:
  marks: {type: string, required: true}
steps:
  - id: effect
    tool: terminal
    action: execute
    idempotent: true
    parameters: {command: "test -e '{{ marks }}' || { touch '{{ marks }}' && sleep 60; }"}
`;

async function exitCode(process: ServiceProcess): Promise<readonly [string, number | undefined]> {
  return [process.name, await process.stop()];
}

/** What a process says as soon as it says anything. */
async function firstStatus(port: number, service: string): Promise<Status> {
  const client = createClient(Health, createGrpcTransport({ baseUrl: `http://127.0.0.1:${port}` }));
  return retried(async () => (await client.check({ service }, { timeoutMs: 5_000 })).status);
}

async function httpStatus(port: number, path: string): Promise<number> {
  return retried(async () => (await fetch(`http://127.0.0.1:${port}${path}`)).status);
}

const START_LIMIT_MS = 180_000;

async function retried<T>(ask: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + START_LIMIT_MS;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await delay(100);
    }
  }
}
