import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { request } from "node:https";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { MethodOptions_IdempotencyLevel } from "@bufbuild/protobuf/wkt";
import { Code, createOrchestrator } from "@orchestrator/client";
import { openNodeTransport } from "@orchestrator/client/node";
import { AdminService } from "@orchestrator/proto/v1/admin_pb";
import { OperationsService } from "@orchestrator/proto/v1/operations_pb";
import { PipelineService } from "@orchestrator/proto/v1/pipeline_pb";
import { RunService } from "@orchestrator/proto/v1/run_pb";

import { askHttps } from "./https-request.ts";
import { type NginxProcess, startNginx } from "./nginx-process.ts";

const SERVICES = [AdminService, OperationsService, PipelineService, RunService];
const SLOW_BODY_BYTES = 2 << 20;
const SLOW_BODY_MS = 100;
const PROTOS = "proto/orchestrator/v1";

/**
 * Sends every method of the API to gateways that take a request and break the connection.
 *
 * Only what changes nothing and is small may have reached a second one; gRPC's calls never may. Nothing that is sent is
 * kept on the disk.
 */
export async function verifyNothingIsRepeated(): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), "orchestrator-nginx-"));
  const gateways = [await startBrokenGateway(), await startBrokenGateway()];
  const taken = (): number => gateways.reduce((sum, { requests }) => sum + requests, 0);
  try {
    await using nginx = await startNginx(directory, {
      ports: gateways.map(({ port }) => port),
      parameters: "max_fails=0", // Every call finds both in use.
    });
    assert.deepEqual(
      SERVICES.map(({ name }) => name),
      servicesOfApi(),
      "services of the API that nothing is known of here",
    );
    let repeated = 0;
    for (const service of SERVICES) {
      for (const method of service.methods) {
        assert.ok(
          method.methodKind === "unary" || method.methodKind === "server_streaming",
          `${method.name} takes a stream, which client_max_body_size limits`,
        );
        const path = `/${service.typeName}/${method.name}`;
        const before = taken();
        assert.equal(await postTo(nginx, path), 503, path);
        const isRead =
          method.idempotency === MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS &&
          method !== PipelineService.method.validatePipeline;
        assert.equal(taken() - before, isRead ? 2 : 1, `${path}: requests that reached a gateway`);
        repeated += isRead ? 1 : 0;
      }
    }
    const before = taken();
    await assertGrpcFails(nginx);
    assert.equal(taken() - before, 1, "a gRPC call reached more than one gateway");
    await assertNothingIsKept(nginx, directory);
    return `${repeated} reads are tried again, other calls and gRPC reach one gateway; bodies are not kept on the disk`;
  } finally {
    await Promise.all(gateways.map(({ server }) => once(server.close(), "close")));
    rmSync(directory, { recursive: true });
  }
}

function servicesOfApi(): readonly string[] {
  const texts = readdirSync(PROTOS).map((file) => readFileSync(join(PROTOS, file), "utf8"));
  const found = texts.join("\n").matchAll(/^service (\w+)/gm);
  return [...found].map(([, name = ""]) => name).toSorted();
}

async function postTo({ url, ca }: { url: string; ca: string }, path: string): Promise<number> {
  const { status, body } = await askHttps({
    url: `${url}${path}`,
    ca,
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{}",
  });
  assert.equal(JSON.parse(body).code, "unavailable");
  return status;
}

/** A sender who does not end has all that he sent in memory, of which there is little, or at a gateway. */
async function assertNothingIsKept({ url, ca }: NginxProcess, directory: string): Promise<void> {
  for (const service of SERVICES) {
    for (const method of service.methods) {
      const path = `/${service.typeName}/${method.name}`;
      const headers = { "content-length": SLOW_BODY_BYTES };
      const slow = request(`${url}${path}`, { method: "POST", ca, headers });
      slow.on("error", () => undefined);
      slow.write(Buffer.alloc(SLOW_BODY_BYTES / 2));
      await delay(SLOW_BODY_MS);
      assert.deepEqual(filesIn(join(directory, "nginx-body")), [], `${path} is kept on the disk`);
      slow.destroy();
    }
  }
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" });
}

async function assertGrpcFails({ url, ca }: { url: string; ca: string }): Promise<void> {
  using transport = openNodeTransport({ url, ca, protocol: "grpc" });
  const { runs } = createOrchestrator(transport);
  await assert.rejects(runs.getRun({ runId: "none" }), { code: Code.Unavailable });
}

type BrokenGateway = { readonly port: number; readonly server: Server; readonly requests: number };

/** Counts connections on which a request came, and breaks each. */
async function startBrokenGateway(): Promise<BrokenGateway> {
  let requests = 0;
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => {
      requests += 1;
      socket.destroy();
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    port,
    server,
    get requests() {
      return requests;
    },
  };
}
