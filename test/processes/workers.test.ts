// A gateway of several processes on one port: `server.workers`.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

import { until } from "../harness/cli-process.ts";
import { freePorts } from "../harness/free-ports.ts";
import { runCli } from "../harness/run-cli.ts";
import { ServiceProcess } from "../harness/service-process.ts";

const WORKERS = 3;
const COUNTED = /^orchestrator_requests_total\{method="[^"]*ListRuns",code="\w+"\} (\d+)$/gm;

describe("a gateway with server.workers", { skip: process.platform !== "linux" }, () => {
  const directory = mkdtempSync(join(tmpdir(), "orchestrator-workers-"));
  const logFile = join(directory, "app.log");
  const movedLog = join(directory, "app.log.1");
  let gateway: ServiceProcess;

  before(async () => {
    const [port = 0, opsPort = 0] = await freePorts(2);
    const config = join(directory, "config.yaml");
    // Nobody listens where state is said to be: what is asked for here fails before.
    writeFileSync(
      config,
      `environment: test
server: { workers: ${WORKERS} }
logging: { level: debug, output: file, file_path: ${logFile} }
`,
    );
    gateway = new ServiceProcess({
      service: "gateway",
      name: "gateway",
      directory,
      env: { ORCHESTRATOR_CONFIG_PATH: config, STATE_ADDRESS: "ipv4:127.0.0.1:1" },
      port,
      opsPort,
    });
    await until("all workers", async () => logged("workers_open").length === 1);
  });
  after(async () => {
    await gateway.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  function logged(event: string): readonly string[] {
    const lines = [movedLog, logFile].flatMap(linesOf);
    return lines.filter((line) => line.includes(`"${event}"`));
  }

  /** A request on a connection of its own. */
  async function call(): Promise<number> {
    const { status } = await fetch(
      `http://127.0.0.1:${gateway.port}/orchestrator.v1.RunService/ListRuns`,
      {
        method: "POST",
        headers: { "content-type": "application/json", connection: "close" },
        body: '{"pageSize":-1}',
      },
    );
    return status;
  }

  it("is as many processes as that, which share its ports", async () => {
    assert.equal(childrenOf(gateway.pid).length, WORKERS);
    const opened = logged("service_open").map((line): unknown => JSON.parse(line));
    const fields = { grpc: gateway.port, ops: gateway.opsPort };
    for (const worker of [1, 2, 3]) {
      const found = opened.filter((line) => matches(line, { ...fields, worker }));
      assert.equal(found.length, 1, `worker ${worker}`);
    }
  });

  it("adds their metrics up, on its own port and on that of operators", async () => {
    const before = await counted(gateway.opsPort);
    for (let sent = 1; sent <= 12; sent++) assert.equal(await call(), 400);
    // Whichever worker answers, it tells of all.
    for (const port of [gateway.opsPort, gateway.opsPort, gateway.opsPort, gateway.port]) {
      assert.equal(await counted(port), before + 12);
    }
  });

  it("replaces one that dies, and forgets nothing that it had counted", async () => {
    const counts = await counted(gateway.opsPort);
    assert.ok(counts >= 12);
    const [victim = 0, ...others] = childrenOf(gateway.pid);
    process.kill(victim, "SIGKILL");
    await until("its death", async () => logged("worker_died").length === 1);
    assert.equal(await call(), 400);
    await until("its successor", async () => logged("service_open").length === WORKERS + 1);
    const now = childrenOf(gateway.pid);
    assert.equal(now.length, WORKERS);
    assert.ok(others.every((pid) => now.includes(pid)) && !now.includes(victim));
    assert.equal(await counted(gateway.opsPort), counts + 1);
  });

  it("opens its log again in every process, when that was moved away", async () => {
    const workers = childrenOf(gateway.pid);
    renameSync(logFile, movedLog);
    process.kill(gateway.pid, "SIGHUP");
    await until(
      "lines of each worker in the new file",
      async () => {
        await call();
        const writers = linesOf(logFile).flatMap((line) => /"worker":(\d+)/.exec(line)?.[1] ?? []);
        return new Set(writers).size === WORKERS;
      },
      { limitMs: 30_000 },
    );
    assert.deepEqual(childrenOf(gateway.pid), workers);
  });

  it("lets all of them drain when it is told to stop, and ends with code 0", async () => {
    const workers = childrenOf(gateway.pid);
    assert.equal(await gateway.stop(), 0);
    for (const pid of workers) assert.throws(() => process.kill(pid, 0), /ESRCH/);
    assert.equal(logged("worker_died").length, 1, "no worker died of being stopped");
  });

  it("needs the gateway alone in its process", async () => {
    const { code, stderr } = await runCli(["serve"], {
      cwd: directory,
      env: { GATEWAY_WORKERS: "2" },
    });
    assert.equal(code, 2);
    assert.match(
      stderr,
      /^server.workers 2 needs the gateway in a process of its own: .*GATEWAY_WORKERS=1/,
    );
  });
});

async function counted(port: number): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return [...text.matchAll(COUNTED)].reduce((sum, [, count]) => sum + Number(count), 0);
}

function linesOf(file: string): readonly string[] {
  return existsSync(file) ? readFileSync(file, "utf8").split("\n") : [];
}

function matches(line: unknown, fields: Readonly<Record<string, unknown>>): boolean {
  const all = new Map(typeof line === "object" && line !== null ? Object.entries(line) : []);
  return Object.entries(fields).every(([name, value]) => all.get(name) === value);
}

function childrenOf(pid: number): readonly number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
  return text === "" ? [] : text.split(" ").map(Number);
}
