import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { createOrchestrator } from "@orchestrator/client";
import { openNodeTransport } from "@orchestrator/client/node";
import { startPrivatePostgres } from "@orchestrator/postgres/testing";
import { RunStatus } from "@orchestrator/proto/v1/run_pb";
import { startPrivateRedis } from "@orchestrator/redis/testing";

import { type Build, buildOf } from "./build.ts";
import { SERVICES } from "./facts.ts";
import { kustomize } from "./kustomize.ts";
import { movedTo, writePodFiles } from "./pod-files.ts";
import { graceSeconds, PodProcess } from "./pod-process.ts";
import type { Container, Pod } from "./pod.ts";
import { asks } from "./probe.ts";

const MIGRATION_SECONDS = 120;
const RUN_SECONDS = 60;
const DOCUMENT =
  "id: probe\nname: Probe\nsteps:\n  - {id: only, action: echo, parameters: {message: hello}}\n";

/**
 * Runs what the pods of production would run, with the arguments, variables, files, ports and names that they would have, and
 * asks it what a kubelet would. Wants a machine, or a network namespace, whose ports are all free and where the services'
 * names lead to loopback.
 */
export async function runPods(folder: string): Promise<string> {
  const root = mkdtempSync(join(tmpdir(), "orchestrator-pods-"));
  const started: PodProcess[] = [];
  try {
    await using postgres = await startPrivatePostgres({ settings: { max_connections: 420 } });
    await using redis = await startPrivateRedis();
    const secrets = {
      "postgres-url": postgres.url,
      "redis-url": redis.url,
      "api-key": randomUUID(),
    };
    const build = buildOf(folder, kustomize(folder));
    const start = (component: string): PodProcess => {
      const process = startedIn(root, { build, component, secrets });
      started.push(process);
      return process;
    };
    const applied = await migrated(start("migrate"), root);
    const early = start("gateway");
    await lives(early);
    assert.ok(!(await early.probe("readinessProbe").ask()), "a gateway without state is ready");
    const services = [early, ...["state", "registry", "executor"].map((name) => start(name))];
    const startedMs = Date.now();
    await Promise.all(services.map((service) => isReady(service)));
    const readySeconds = ((Date.now() - startedMs) / 1_000).toFixed(1);
    await runsSomething(secrets["api-key"]);
    await postgres.stop("fast");
    const keeper = services.find(({ name }) => name === "state");
    assert.ok(
      keeper !== undefined && (await asks(keeper.probe("readinessProbe"), false)),
      "state is ready without its database",
    );
    for (const service of services) {
      assert.ok(await service.probe("livenessProbe").ask(), `${service.name} would be restarted`);
    }
    const seconds = await stopAll(services, build);
    return (
      `the migration's job applied ${applied} migrations; the four services, with the pods' arguments, variables, files, ports and names ` +
      `in a network namespace, all answered their probes, ready ${readySeconds} s after the start, and did a run; without the database ` +
      `state is not ready and nobody would be restarted; SIGTERM ended them in ${seconds} s, each with exit code 0`
    );
  } catch (error) {
    throw new Error(started.map(({ name, lastWords }) => `${name}:\n${lastWords}`).join("\n"), {
      cause: error,
    });
  } finally {
    await Promise.all(started.map((process) => process.stop(0)));
    rmSync(root, { recursive: true, force: true });
  }
}

type Start = {
  readonly build: Build;
  readonly component: string;
  readonly secrets: Readonly<Record<string, string>>;
};

/** Each has a root of its own, as containers do; what is mounted there to be written is a folder in it. */
function startedIn(parent: string, { build, component, secrets }: Start): PodProcess {
  const { pod, container } = partsOf(build, component);
  const root = join(parent, component);
  mkdirSync(root);
  writePodFiles(root, { pod, container, manifests: build.manifests, secrets });
  const config = movedTo(root, container.env)["ORCHESTRATOR_CONFIG_PATH"] ?? "";
  const text = readFileSync(config, "utf8");
  assert.ok(text.includes("path: /app/data"), "the data is kept elsewhere");
  writeFileSync(config, text.replace("path: /app/data", `path: ${join(root, "app/data")}`));
  return new PodProcess(component, { container, root });
}

function partsOf({ pods }: Build, component: string): { pod: Pod; container: Container } {
  const pod = pods.find((each) => each.component === component);
  const container = pod?.containers[0];
  if (pod === undefined || container === undefined) {
    throw new Error(`there is no pod of ${component}`);
  }
  return { pod, container };
}

async function migrated(job: PodProcess, root: string): Promise<number> {
  assert.equal(await job.ended(MIGRATION_SECONDS), 0, "the job of the migration failed");
  const log = readFileSync(join(root, "migrate", "migrate.log"), "utf8");
  const applied = [...log.matchAll(/^applied (\w+)/gm)].map(([, schema]) => schema);
  assert.deepEqual(new Set(applied), new Set(["state", "registry"]));
  return applied.length;
}

async function lives(service: PodProcess): Promise<void> {
  const probe = service.probe("startupProbe");
  assert.ok(await asks(probe, true, () => service.hasEnded), `${service.name} does not start`);
  assert.ok(await service.probe("livenessProbe").ask(), `${service.name} does not live`);
}

/** A pod may take as long to be ready as it likes, but not for ever. */
async function isReady(service: PodProcess): Promise<void> {
  await lives(service);
  const probe = service.probe("readinessProbe");
  assert.ok(
    await asks({ ...probe, periodSeconds: 1, failureThreshold: 60 }, true),
    `${service.name} does not get ready`,
  );
}

/** From outside, with the key of the Secret; without it nothing is answered. */
async function runsSomething(apiKey: string): Promise<void> {
  const url = "http://127.0.0.1:8000";
  const refused = await fetch(`${url}/orchestrator.v1.RunService/ListRuns`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{}",
  });
  assert.equal(refused.status, 401);
  using transport = openNodeTransport({ url, apiKey, protocol: "grpc" });
  const { runs } = createOrchestrator(transport);
  const { run } = await runs.createRun({
    what: { case: "source", value: DOCUMENT },
    requestId: randomUUID(),
  });
  const deadline = Date.now() + RUN_SECONDS * 1_000;
  while ((await runs.getRun({ runId: run?.runId ?? "" })).run?.status !== RunStatus.COMPLETED) {
    assert.ok(Date.now() < deadline, "the run does not end");
    await delay(100);
  }
}

/** All at once, as when a node goes; answers with how long the slowest took. */
async function stopAll(services: readonly PodProcess[], build: Build): Promise<string> {
  const startedMs = Date.now();
  await Promise.all(
    services.map(async (service) => {
      const { pod, container } = partsOf(build, service.name);
      const code = await service.stop(graceSeconds(pod.spec, container));
      assert.equal(code, 0, `${service.name} did not end in time, or not well`);
    }),
  );
  assert.equal(services.length, SERVICES.length);
  return ((Date.now() - startedMs) / 1_000).toFixed(1);
}
