import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { ExecutorService } from "@orchestrator/proto/executor/v1/executor_pb";
import {
  Health,
  HealthCheckResponse_ServingStatus as Status,
} from "@orchestrator/proto/grpc/health/v1/health_pb";
import { ServerReflection } from "@orchestrator/proto/grpc/reflection/v1/reflection_pb";
import { callOf } from "@orchestrator/rpc";
import { openGrpcTransport, type Router } from "@orchestrator/rpc-node";

import { openPeer } from "./open-peer.ts";
import { openService, type ServiceInit } from "./open-service.ts";
import { readSettings } from "./settings/read-settings.ts";
import { SettingsError } from "./settings/settings-error.ts";
import { openTelemetry, type Telemetry } from "./telemetry/telemetry.ts";

const folder = mkdtempSync(join(tmpdir(), "service-"));
const logFile = join(folder, "service.log");
const callers: unknown[] = [];

function settingsWith(env: Record<string, string> = {}, flags: Record<string, string> = {}) {
  return readSettings({
    env: { ORCHESTRATOR_ENV: "test", ...env },
    flags: { "logging.output": "file", "logging.file_path": logFile, ...flags },
    cwd: folder,
  });
}

function routes(router: Router): void {
  router.service(ExecutorService, {
    getStatus(_, context) {
      callers.push(callOf(context).caller);
      throw new Error("postgresql://user:hunter2@host/db is down");
    },
  });
}

describe("openService", () => {
  let telemetry: Telemetry;
  const settings = settingsWith({ ORCHESTRATOR_MESH_SECRET: "the-secret-of-the-mesh" });
  const open = (init: Partial<ServiceInit> = {}) =>
    openService({
      name: "executor",
      settings,
      telemetry,
      surface: { routes },
      components: [],
      listen: "ephemeral",
      ...init,
    });
  const ask = async (reflection: string): Promise<unknown> => {
    const init = {
      settings: settingsWith(
        { ORCHESTRATOR_MESH_SECRET: "x" },
        { "security.reflection": reflection },
      ),
    };
    await using service = await open(init);
    using stranger = openGrpcTransport(`127.0.0.1:${service.ports.grpc}`);
    const client = createClient(ServerReflection, stranger);
    const question = { messageRequest: { case: "listServices", value: "" } } as const;
    try {
      for await (const { messageResponse } of client.serverReflectionInfo(only(question))) {
        return messageResponse.case;
      }
    } catch (error) {
      return ConnectError.from(error).code;
    }
    return undefined;
  };
  before(async () => {
    telemetry = await openTelemetry(settings, { service: "test" });
  });
  after(async () => {
    await telemetry[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  it("answers members of the mesh, over a port and within the process, and nobody else", async () => {
    await using service = await open();
    const address = `127.0.0.1:${service.ports.grpc}`;
    using stranger = openGrpcTransport(address);
    await assert.rejects(
      createClient(ExecutorService, stranger).getStatus({}),
      isCode(Code.Unauthenticated),
    );
    using peer = openPeer("executor", { settings, telemetry, self: "gateway", address });
    for (const transport of [peer, service.transport]) {
      await assert.rejects(
        createClient(ExecutorService, transport).getStatus({}),
        isCode(Code.Internal),
      );
    }
    assert.deepEqual(callers, [
      { kind: "mesh", service: "gateway" },
      { kind: "mesh", service: "mesh" },
    ]);
  });

  it("logs a bug with its stack, and without the password in it", () => {
    const lines = readFileSync(logFile, "utf8").trim().split("\n");
    const failed = lines.filter((line) => line.includes("call_failed"));
    assert.ok(failed.length > 0);
    assert.match(failed[0] ?? "", /"level":"error".*"method":"orchestrator.executor.v1/);
    assert.match(failed[0] ?? "", /is down.*getStatus/);
    assert.equal(
      lines.some((line) => line.includes("hunter2")),
      false,
    );
  });

  it("says NOT_SERVING while something required is down, and SERVING once it is back", async () => {
    let problem: string | undefined = "connection refused";
    const check = async (): Promise<void> => {
      if (problem !== undefined) throw new Error(problem);
    };
    await using service = await open({ components: [{ name: "database", required: true, check }] });
    const health = createClient(Health, service.transport);
    const stop = new AbortController();
    const seen: Status[] = [];
    assert.equal((await health.check({ service: "liveness" })).status, Status.SERVING);
    assert.deepEqual(await readyOf(service.ports.ops), {
      code: 503,
      status: "unhealthy",
      components: { database: { status: "unhealthy", error: "connection refused" } },
    });
    try {
      const watched = health.watch({ service: ExecutorService.typeName }, { signal: stop.signal });
      for await (const { status } of watched) {
        seen.push(status);
        problem = undefined;
        if (status === Status.SERVING) stop.abort();
      }
    } catch (error) {
      assert.ok(isCode(Code.Canceled)(error));
    }
    assert.deepEqual(seen, [Status.NOT_SERVING, Status.SERVING]);
    assert.equal((await readyOf(service.ports.ops)).code, 200);
    const { statuses } = await health.list({});
    assert.deepEqual(
      Object.keys(statuses).toSorted(),
      ["", "liveness", ExecutorService.typeName, "readiness"].toSorted(),
    );
    await assert.rejects(health.check({ service: "nobody" }), isCode(Code.NotFound));
  });

  it("is ready but degraded without something optional", async () => {
    const cache = { name: "cache", required: false, check: noCache };
    await using service = await open({ components: [cache] });
    const ready = await readyOf(service.ports.ops);
    assert.deepEqual([ready.code, ready.status], [200, "degraded"]);
    const health = await createClient(Health, service.transport).check({});
    assert.equal(health.status, Status.SERVING);
  });

  it("stops saying that it serves before it stops serving", async () => {
    await using service = await open();
    const health = createClient(Health, service.transport);
    service.drain();
    assert.equal((await health.check({})).status, Status.NOT_SERVING);
    assert.equal((await health.check({ service: "liveness" })).status, Status.SERVING);
    assert.equal((await readyOf(service.ports.ops)).code, 503);
  });

  it("shows its metrics under the names that operators know", async () => {
    await using service = await open();
    const text = await (await fetch(`http://127.0.0.1:${service.ports.ops}/metrics`)).text();
    assert.match(
      text,
      /orchestrator_requests_total\{method="orchestrator.executor.v1.ExecutorService\/GetStatus",code="INTERNAL"\} \d/,
    );
    assert.match(text, /orchestrator_request_duration_seconds_bucket/);
    assert.match(text, /orchestrator_active_pipelines 0/);
  });

  it("reflects for whom the settings say", async () => {
    assert.equal(await ask("open"), "listServicesResponse");
    assert.equal(await ask("authenticated"), Code.Unauthenticated);
    assert.equal(await ask("off"), Code.Unimplemented);
  });

  it("does not listen for strangers, and says what to do", async () => {
    const exposed = settingsWith({ EXECUTOR_HOST: "0.0.0.0", GATEWAY_HOST: "0.0.0.0" });
    await assert.rejects(open({ settings: exposed, listen: "configured" }), (error) => {
      assert.ok(error instanceof SettingsError);
      return /ORCHESTRATOR_MESH_SECRET.*EXECUTOR_HOST/.test(error.message);
    });
    await assert.rejects(
      open({ name: "gateway", settings: exposed, listen: "configured" }),
      /ORCHESTRATOR_API_KEY.*server.host/,
    );
  });

  it("says which port is in use", async () => {
    await using first = await open();
    const port = String(first.ports.grpc);
    const taken = settingsWith({ EXECUTOR_PORT: port, EXECUTOR_OPS_PORT: "0" });
    await assert.rejects(
      open({ settings: taken, listen: "configured" }),
      new RegExp(`executor: port ${port} of 127.0.0.1 is in use`),
    );
  });
});

describe("tracing", () => {
  it("sends one trace for a call through two services, by OTLP", async () => {
    const received: { path: string | undefined; bytes: number }[] = [];
    const collector = createServer((request, response) => {
      let bytes = 0;
      request.on("data", (chunk: Buffer) => (bytes += chunk.length));
      request.on("end", () => {
        received.push({ path: request.url, bytes });
        response.end();
      });
    });
    collector.listen(0, "127.0.0.1");
    await once(collector, "listening");
    const address = collector.address();
    assert.ok(typeof address === "object" && address !== null);
    const settings = settingsWith(
      {},
      {
        "logging.output": "none",
        "monitoring.tracing.enabled": "true",
        "monitoring.tracing.otlp_endpoint": `http://127.0.0.1:${address.port}`,
      },
    );
    const traces = new Map<string, string | undefined>();
    {
      await using telemetry = await openTelemetry(settings, { service: "test" });
      const shape = { settings, telemetry, components: [], listen: "ephemeral" } as const;
      await using inner = await openService({
        ...shape,
        name: "executor",
        surface: {
          routes: (router) =>
            router.service(ExecutorService, {
              getStatus(_, context) {
                traces.set("inner", callOf(context).trace?.traceId);
                return {};
              },
            }),
        },
      });
      using peer = openPeer("executor", {
        settings,
        telemetry,
        self: "gateway",
        address: `127.0.0.1:${inner.ports.grpc}`,
      });
      await using outer = await openService({
        ...shape,
        name: "gateway",
        listen: "nothing",
        surface: {
          edge: { http: [] },
          routes: (router) =>
            router.service(ExecutorService, {
              async getStatus(_, context) {
                traces.set("outer", callOf(context).trace?.traceId);
                return createClient(ExecutorService, peer).getStatus(
                  {},
                  { signal: context.signal },
                );
              },
            }),
        },
      });
      await createClient(ExecutorService, outer.transport).getStatus({});
    }
    collector.close();
    assert.match(traces.get("outer") ?? "", /^[\da-f]{32}$/);
    assert.equal(traces.get("inner"), traces.get("outer"));
    assert.equal(received[0]?.path, "/v1/traces");
    assert.ok((received[0]?.bytes ?? 0) > 200);
  });
});

function noCache(): Promise<void> {
  return Promise.reject(new Error("no cache"));
}

type Ready = {
  readonly status: string;
  readonly timestamp: string;
  readonly version: unknown;
  readonly components: unknown;
};

async function readyOf(port: number | undefined) {
  const response = await fetch(`http://127.0.0.1:${port}/ready`);
  const { status, components, timestamp, version }: Ready = JSON.parse(await response.text());
  assert.ok(!Number.isNaN(Date.parse(timestamp)) && typeof version === "string");
  return { code: response.status, status, components };
}

function isCode(code: Code): (error: unknown) => boolean {
  return (error) => error instanceof ConnectError && error.code === code;
}

async function* only<T>(message: T) {
  yield message;
}
