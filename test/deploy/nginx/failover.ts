import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import type { Interceptor } from "@connectrpc/connect";
import {
  type ConnectTransportOptions,
  createConnectTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import { createOrchestrator, type Orchestrator } from "@orchestrator/client";
import { openNodeTransport } from "@orchestrator/client/node";
import { startPrivatePostgres } from "@orchestrator/postgres/testing";
import { startPrivateRedis } from "@orchestrator/redis/testing";
import { Client } from "pg";

import { freePorts } from "../../harness/free-ports.ts";
import { type MeshProcesses, startMeshProcesses } from "../../harness/mesh-processes.ts";
import { ServiceProcess } from "../../harness/service-process.ts";
import { askHttps } from "./https-request.ts";
import { type NginxProcess, startNginx } from "./nginx-process.ts";
import { type Seen, startWatchedRuns } from "./watched-runs.ts";

const API_KEY = "nginx-key-0123456789abcdef";
const ENV = { ORCHESTRATOR_API_KEY: API_KEY };
const LANES_OF_EACH = 3;
const RUNS_BEFORE_OF_EACH = 2;
const WARM_UP_LIMIT_MS = 120_000;
const DOWN_MS = 5_000;
const AFTER_MS = 3_000;

/** Kills one of two real gateways under gRPC, gRPC-Web, Connect and watch load through nginx, and brings it back. */
export async function verifyFailover(): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), "orchestrator-nginx-"));
  try {
    await using postgres = await startPrivatePostgres();
    await using redis = await startPrivateRedis();
    await using mesh = await startMeshProcesses({
      directory,
      postgresUrl: postgres.url,
      redisUrl: redis.url,
      states: 2,
      executors: 2,
      config: "tools:\n  host_processes: allow\n",
      env: ENV,
    });
    await using second = await startSecondGateway(mesh, directory);
    await using nginx = await startNginx(join(directory, "nginx"), {
      ports: [mesh.gateway.port, second.gateway.port],
    });
    const routes = await verifyRoutes(nginx);
    using callers = openCallers(nginx);
    const load = startWatchedRuns(callers.byName);
    await untilWarm(load.seen, callers.byName.size);
    await mesh.gateway.kill();
    const goneAtMs = Date.now();
    await delay(DOWN_MS);
    mesh.gateway.start();
    await mesh.gateway.ready();
    const backAtMs = Date.now();
    await delay(AFTER_MS);
    const { port } = mesh.gateway;
    const seen = verifySeen(load.seen, { nginx, port, goneAtMs, backAtMs });
    const drained = await drain(second.gateway, load.seen);
    await load.finish();
    assert.deepEqual(load.seen.faults, []);
    await verifyRuns(load.seen, postgres.url);
    await mesh.gateway.kill();
    await verifyNobodyThere(nginx);
    return `${seen}; ${drained}; ${routes}`;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function startSecondGateway(
  mesh: MeshProcesses,
  directory: string,
): Promise<AsyncDisposable & { readonly gateway: ServiceProcess }> {
  const [port = 0, opsPort = 0] = await freePorts(2);
  const states = mesh.states.map((state) => `127.0.0.1:${state.port}`).join(",");
  const env = {
    ...ENV,
    ORCHESTRATOR_CONFIG_PATH: join(directory, "config.yaml"),
    STATE_ADDRESS: `ipv4:${states}`,
  };
  const name = "gateway-2";
  const gateway = new ServiceProcess({ service: "gateway", name, directory, env, port, opsPort });
  await gateway.ready();
  return {
    gateway,
    async [Symbol.asyncDispose]() {
      await gateway.stop();
    },
  };
}

type Callers = Disposable & { readonly byName: ReadonlyMap<string, Orchestrator> };

/** One connection and more lanes for each protocol. */
function openCallers({ url, ca }: NginxProcess): Callers {
  const grpc = openNodeTransport({ url, ca, apiKey: API_KEY, protocol: "grpc" });
  const connect = openNodeTransport({ url, ca, apiKey: API_KEY });
  const http1 = {
    baseUrl: url,
    httpVersion: "1.1",
    nodeOptions: { ca },
    interceptors: [sendKey],
  } satisfies ConnectTransportOptions;
  const protocols = {
    gRPC: grpc,
    Connect: connect,
    "Connect on HTTP/1.1": createConnectTransport(http1),
    "gRPC-Web": createGrpcWebTransport(http1),
  };
  const byName = new Map(
    Object.entries(protocols).flatMap(([name, transport]) =>
      Array.from(
        { length: LANES_OF_EACH },
        (_, lane) => [`${name} ${lane + 1}`, createOrchestrator(transport)] as const,
      ),
    ),
  );
  return {
    byName,
    [Symbol.dispose]() {
      grpc[Symbol.dispose]();
      connect[Symbol.dispose]();
    },
  };
}

const sendKey: Interceptor = (next) => (request) => {
  request.header.set("x-api-key", API_KEY);
  return next(request);
};

/** Until every caller has had runs enough, so that all that starts late is there. */
async function untilWarm({ runs }: Seen, callers: number): Promise<void> {
  const deadline = Date.now() + WARM_UP_LIMIT_MS;
  while (runs.size < RUNS_BEFORE_OF_EACH * callers) {
    assert.ok(Date.now() < deadline, `only ${runs.size} runs were accepted`);
    await delay(100);
  }
}

/** An update: a gateway that is asked to end finishes its calls; watches go on at the other one. */
async function drain(gateway: ServiceProcess, seen: Seen): Promise<string> {
  const before = seen.failed.length;
  assert.equal(await gateway.stop(), 0, "exit code of a gateway that was asked to end");
  await delay(AFTER_MS);
  const failed = seen.failed.slice(before);
  assert.deepEqual(
    failed.filter(({ what }) => !what.startsWith("WatchRun")),
    [],
    "calls failed because a gateway was asked to end",
  );
  return `the other one asked to end: 0 unary calls broke, ${failed.length} watches went on at the first`;
}

type Killed = {
  readonly nginx: NginxProcess;
  /** Of the gateway that was killed. */
  readonly port: number;
  readonly goneAtMs: number;
  readonly backAtMs: number;
};

function verifySeen(seen: Seen, { nginx, port, goneAtMs, backAtMs }: Killed): string {
  assert.deepEqual(
    seen.failed.filter(({ startedAtMs }) => startedAtMs > goneAtMs),
    [],
    "calls failed that were not in flight when the gateway was killed",
  );
  const log = nginx.accessLog();
  assert.ok(seen.resumed > 0, "no watch was open at the gateway that was killed");
  const killed = `127.0.0.1:${port}`;
  const broken = log.filter(({ status }) => status >= 500);
  const late = broken.filter(
    ({ at, seconds, gateway }) => (at - seconds) * 1_000 > goneAtMs || gateway !== killed,
  );
  assert.deepEqual(late, [], "nginx failed calls that were not in flight at the killed gateway");
  assert.ok(
    log.some(({ at, gateway }) => at * 1_000 > backAtMs && gateway === killed),
    "the gateway that came back gets no calls",
  );
  const during = log.filter(({ at }) => at * 1_000 > goneAtMs && at * 1_000 < backAtMs).length;
  return (
    `${seen.calls} calls by gRPC, gRPC-Web and Connect, ${seen.runs.size} runs watched; one of two gateways killed: ` +
    `${seen.failed.length} calls in flight there broke, 0 beyond them (${during} calls while it was away), ` +
    `${seen.resumed} watches resumed without gap, no run twice`
  );
}

/** Every run that was acknowledged is there once, and no other. */
async function verifyRuns({ runs }: Seen, postgresUrl: string): Promise<void> {
  const client = new Client({ connectionString: postgresUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ run_id: string }>("select run_id from state.run");
    assert.deepEqual(rows.map((row) => row.run_id).toSorted(), [...runs.values()].toSorted());
  } finally {
    await client.end();
  }
}

async function verifyRoutes({ url, plainUrl, ca }: NginxProcess): Promise<string> {
  const get = (path: string) => askHttps({ url: `${url}${path}`, ca });
  const health = await get("/health");
  assert.equal(health.status, 200);
  assert.equal(JSON.parse(health.body).components.state.status, "healthy");
  assert.equal((await get("/ready")).status, 200);
  const metrics = await get("/metrics");
  assert.ok(metrics.body.includes("# TYPE orchestrator_requests_total counter"), "no metrics");
  const dialect = await get("/v1/models");
  assert.equal(dialect.status, 401);
  assert.match(dialect.body, /Invalid API key/);
  const wrong = await askHttps({
    url: `${url}/orchestrator.v1.RunService/ListRuns`,
    ca,
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{}",
  });
  assert.equal(wrong.status, 401);
  assert.equal(JSON.parse(wrong.body).code, "unauthenticated");
  const plain = await fetch(`${plainUrl}/x?y=z`, { redirect: "manual" });
  assert.equal(plain.status, 308);
  assert.equal(plain.headers.get("location"), "https://localhost/x?y=z");
  assert.equal((await fetch(`${plainUrl}/ready`)).status, 200);
  return "health, readiness, metrics, keys and /v1 are the gateways' own answers";
}

/** Health is not nginx's. */
async function verifyNobodyThere({ url, ca }: NginxProcess): Promise<void> {
  const { status, body } = await askHttps({ url: `${url}/ready`, ca });
  assert.equal(status, 503);
  assert.equal(JSON.parse(body).code, "unavailable");
}
