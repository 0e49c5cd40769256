// What settings of the server, its door and its watchers do to a service that is opened with them.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { request as requestTls } from "node:https";
import { createServer as createPort } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { connect as connectTls, type ConnectionOptions } from "node:tls";

import { createClient } from "@connectrpc/connect";
import { ExecutorService } from "@orchestrator/proto/executor/v1/executor_pb";
import { Health } from "@orchestrator/proto/grpc/health/v1/health_pb";
import { LOCALHOST_CERT, LOCALHOST_KEY } from "@orchestrator/rpc-node/testing";

import { openPeer } from "../open-peer.ts";
import { openService, type OpenService } from "../open-service.ts";
import { openTelemetry } from "../telemetry/telemetry.ts";
import { readSettings } from "./read-settings.ts";
import type { ServiceName, Settings } from "./settings.ts";

const folder = mkdtempSync(join(tmpdir(), "effects-"));
const CERT = join(folder, "localhost.crt");
const KEY = join(folder, "localhost.key");
const STATUS = "/orchestrator.executor.v1.ExecutorService/GetStatus";
const NAMES = ["gateway", "registry", "executor", "state"] as const;

before(() => {
  writeFileSync(CERT, LOCALHOST_CERT);
  writeFileSync(KEY, LOCALHOST_KEY);
});
after(() => rmSync(folder, { recursive: true }));

function settingsOf(flags: Readonly<Record<string, string>>, env: Record<string, string> = {}) {
  return readSettings({
    env: { ORCHESTRATOR_ENV: "test", ...env },
    flags: { "logging.output": "none", ...flags },
    cwd: folder,
  });
}

type Opened = AsyncDisposable & OpenService & { readonly settings: Settings };

/** A service with a method that fails for a reason of its own; the gateway unless named. */
async function open(
  flags: Readonly<Record<string, string>>,
  { name = "gateway", env = {} }: { name?: ServiceName; env?: Record<string, string> } = {},
): Promise<Opened> {
  const free = { "server.port": "0", "services.gateway.ops_port": "0" };
  const settings = settingsOf(name === "gateway" ? { ...free, ...flags } : flags, env);
  const telemetry = await openTelemetry(settings, { service: "test" });
  const service = await openService({
    name,
    settings,
    telemetry,
    surface: {
      ...(name === "gateway" ? { edge: { http: [] } } : {}),
      routes: (router) =>
        router.service(ExecutorService, {
          getStatus() {
            throw new Error("the disk is full");
          },
        }),
    },
    components: [],
    listen: "configured",
  });
  return {
    ...service,
    settings,
    async [Symbol.asyncDispose]() {
      await service[Symbol.asyncDispose]();
      await telemetry[Symbol.asyncDispose]();
    },
  };
}

const TLS = {
  "server.tls.enabled": "true",
  "server.tls.cert_file": CERT,
  "server.tls.key_file": KEY,
};

describe("server", () => {
  it("listens where host and port say, and nowhere else", async () => {
    const [port = 0] = await freePorts(1);
    await using service = await open({ "server.host": "127.0.0.2", "server.port": String(port) });
    assert.equal(service.ports.grpc, port);
    assert.equal((await fetch(`http://127.0.0.2:${port}/health`)).status, 200);
    await assert.rejects(fetch(`http://127.0.0.1:${port}/health`));
  });

  it("speaks TLS with the certificate and the key of tls, and nothing in the clear", async () => {
    await using service = await open(TLS);
    const { cert, status } = await overTls(service, {});
    assert.equal(status, 200);
    assert.match(cert, /localhost/);
    await assert.rejects(fetch(`http://127.0.0.1:${service.ports.grpc}/health`));
  });

  it("refuses who speaks an older TLS than tls.min_version", async () => {
    await using strict = await open({ ...TLS, "server.tls.min_version": "1.3" });
    await assert.rejects(overTls(strict, { maxVersion: "TLSv1.2" }), /protocol version|alert/);
    assert.equal((await overTls(strict, {})).protocol, "TLSv1.3");
    await using lenient = await open({ ...TLS, "server.tls.min_version": "1.2" });
    assert.equal((await overTls(lenient, { maxVersion: "TLSv1.2" })).protocol, "TLSv1.2");
  });

  it("agrees on the suites of tls.cipher_suites only, in their order", async () => {
    await using service = await open({
      ...TLS,
      "server.tls.cipher_suites":
        "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305, TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    });
    const old = { maxVersion: "TLSv1.2" } as const;
    assert.equal((await overTls(service, old)).cipher, "ECDHE-ECDSA-CHACHA20-POLY1305");
    const other = { ...old, ciphers: "ECDHE-ECDSA-AES128-GCM-SHA256" };
    await assert.rejects(overTls(service, other), /handshake failure|alert/);
  });
});

describe("services", () => {
  it("listen where host, port, ops_host and ops_port say, and are found by address", async () => {
    for (const name of NAMES.filter((each) => each !== "gateway")) {
      const [port = 0, opsPort = 0] = await freePorts(2);
      const flags = {
        [`services.${name}.host`]: "127.0.0.3",
        [`services.${name}.port`]: String(port),
        [`services.${name}.ops_host`]: "127.0.0.4",
        [`services.${name}.ops_port`]: String(opsPort),
        [`services.${name}.address`]: `ipv4:127.0.0.3:${port}`,
      };
      await using service = await open(flags, { name });
      assert.equal((await fetch(`http://127.0.0.4:${opsPort}/health`)).status, 200, name);
      await assert.rejects(fetch(`http://127.0.0.3:${opsPort}/health`), name);
      await using telemetry = await openTelemetry(service.settings, { service: "peer" });
      using peer = openPeer(name, { settings: service.settings, telemetry, self: "gateway" });
      assert.equal((await createClient(Health, peer).check({})).status, 1, name);
    }
  });

  it("have the gateway's ops port and address too", async () => {
    const [port = 0, opsPort = 0] = await freePorts(2);
    await using service = await open({
      "server.port": String(port),
      "services.gateway.ops_host": "127.0.0.5",
      "services.gateway.ops_port": String(opsPort),
      "services.gateway.address": `ipv4:127.0.0.1:${port}`,
    });
    assert.equal((await fetch(`http://127.0.0.5:${opsPort}/ready`)).status, 200);
    await using telemetry = await openTelemetry(service.settings, { service: "peer" });
    using peer = openPeer("gateway", { settings: service.settings, telemetry, self: "state" });
    assert.equal((await createClient(Health, peer).check({})).status, 1);
  });
});

describe("debug", () => {
  it("shows callers of this machine why a call failed, and nobody without it", async () => {
    assert.match(await reasonSeen("true"), /the disk is full/);
    assert.doesNotMatch(await reasonSeen("false"), /the disk is full/);
  });
});

describe("security", () => {
  it("lets nobody in without the key where api_key_required is set, and wants there to be one", async () => {
    await using service = await open(
      { "security.api_key_required": "true" },
      { env: { ORCHESTRATOR_API_KEY: "the key" } },
    );
    assert.equal((await post(service, {})).status, 401);
    assert.equal((await post(service, { "x-api-key": "the key" })).status, 500);
    await assert.rejects(
      open({ "security.api_key_required": "true" }),
      /api_key_required needs a key: set ORCHESTRATOR_API_KEY/,
    );
  });

  it("takes the key, whatever secret_key it is hashed with", async () => {
    for (const secret of ["one", "other"]) {
      await using service = await open(
        {},
        { env: { ORCHESTRATOR_API_KEY: "the key", ORCHESTRATOR_SECRET_KEY: secret } },
      );
      assert.equal((await post(service, { "x-api-key": "the key" })).status, 500);
    }
  });

  it("lets pages of cors.allowed_origins read answers, if cors.enabled is set", async () => {
    const on = { "security.cors.enabled": "true" };
    assert.equal(await allowedOrigin(on, "https://b.example"), "https://b.example");
    assert.equal(await allowedOrigin(on, "https://c.example"), null);
    assert.equal(await allowedOrigin({}, "https://b.example"), null);
  });
});

describe("monitoring", () => {
  it("serves metrics at metrics.endpoint, and none where metrics.enabled is false", async () => {
    const elsewhere = { "monitoring.metrics.endpoint": "/internal/metrics" };
    const paths = ["/internal/metrics", "/metrics"];
    assert.deepEqual(await statusesOf(elsewhere, paths), [200, 404, 200, 404]);
    const off = { "monitoring.metrics.enabled": "false" };
    assert.deepEqual(await statusesOf(off, ["/metrics", "/ready"]), [404, 200, 404, 200]);
  });

  it("tells its health at health_checks.endpoint, and not where health_checks.enabled is false", async () => {
    const elsewhere = { "monitoring.health_checks.endpoint": "/livez" };
    assert.deepEqual(await statusesOf(elsewhere, ["/livez", "/health"]), [200, 404, 200, 404]);
    const off = { "monitoring.health_checks.enabled": "false" };
    assert.deepEqual(await statusesOf(off, ["/health", "/ready"]), [404, 200, 404, 200]);
  });

  it("sends spans to tracing.otlp_endpoint before tracing.jaeger_endpoint, as many as sample_ratio says", async () => {
    const taken = { otlp: 0, jaeger: 0 };
    await using otlp = await openCollector(() => taken.otlp++);
    await using jaeger = await openCollector(() => taken.jaeger++);
    const both = {
      "monitoring.tracing.enabled": "true",
      "monitoring.tracing.otlp_endpoint": otlp.url,
      "monitoring.tracing.jaeger_endpoint": `${jaeger.url}/api/traces`,
    };
    const { "monitoring.tracing.otlp_endpoint": _, ...jaegerAlone } = both;
    await callOnce(both);
    assert.deepEqual(taken, { otlp: 1, jaeger: 0 });
    await callOnce(jaegerAlone);
    assert.deepEqual(taken, { otlp: 1, jaeger: 1 });
    await callOnce({ ...both, "monitoring.tracing.sample_ratio": "0" });
    await callOnce({ ...both, "monitoring.tracing.enabled": "false" });
    assert.deepEqual(taken, { otlp: 1, jaeger: 1 });
  });
});

async function reasonSeen(debug: string): Promise<string> {
  await using service = await open({ debug });
  const response = await post(service, {});
  assert.equal(response.status, 500);
  const { details }: { details: { value: string }[] } = JSON.parse(await response.text());
  return details.map(({ value }) => Buffer.from(value, "base64").toString("latin1")).join();
}

async function allowedOrigin(
  flags: Record<string, string>,
  origin: string,
): Promise<string | null> {
  await using service = await open(
    { "security.cors.allowed_origins": "https://a.example, https://b.example", ...flags },
    { env: { ORCHESTRATOR_API_KEY: "the key" } },
  );
  const response = await post(service, { origin, "x-api-key": "the key" });
  return response.headers.get("access-control-allow-origin");
}

async function statusesOf(
  flags: Record<string, string>,
  paths: readonly string[],
): Promise<readonly number[]> {
  await using service = await open(flags);
  const seen: number[] = [];
  for (const port of [service.ports.ops, service.ports.grpc]) {
    for (const path of paths) {
      seen.push((await fetch(`http://127.0.0.1:${port}${path}`)).status);
    }
  }
  return seen;
}

async function callOnce(flags: Record<string, string>): Promise<void> {
  await using service = await open(flags);
  await post(service, {});
}

function post({ ports }: OpenService, headers: Record<string, string>): Promise<Response> {
  return fetch(`http://127.0.0.1:${ports.grpc}${STATUS}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: "{}",
  });
}

/** Asks for the service's health as a client that trusts its certificate. */
async function overTls({ ports }: OpenService, options: ConnectionOptions) {
  const port = ports.grpc ?? 0;
  const socket = connectTls({
    port,
    host: "127.0.0.1",
    servername: "localhost",
    ca: LOCALHOST_CERT,
    ...options,
  });
  await once(socket, "secureConnect");
  const seen = {
    cert: socket.getPeerCertificate().subjectaltname ?? "",
    protocol: socket.getProtocol(),
    cipher: socket.getCipher().name,
  };
  socket.destroy();
  const ask = requestTls({
    port,
    host: "localhost",
    path: "/health",
    ca: LOCALHOST_CERT,
    ...options,
  });
  ask.end();
  const [response] = await once(ask, "response");
  response.resume();
  return { ...seen, status: Number(response.statusCode) };
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createPort().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => portOf(server.address()));
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  return ports;
}

async function openCollector(taken: () => void): Promise<AsyncDisposable & { url: string }> {
  const server = createServer((request, response) => {
    assert.equal(request.url, "/v1/traces");
    taken();
    request.resume().on("end", () => response.end());
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${portOf(server.address())}`,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function portOf(address: ReturnType<ReturnType<typeof createServer>["address"]>): number {
  assert.ok(typeof address === "object" && address !== null);
  return address.port;
}
