import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { type HostProcess, runHostProcess } from "./host-process.ts";
import { DEFAULT_LIMITS, type ProcessLimits } from "./process-limits.ts";
import { allProcesses, processFacts } from "./process-table.ts";
import { DEFAULT_PROGRAM_PATH } from "./program.ts";

let cwd: string;
let launches = 0;

describe("runHostProcess", () => {
  before(async () => {
    cwd = await mkdtemp(join(tmpdir(), "host-process-"));
  });
  after(() => rm(cwd, { recursive: true }));

  it("gives status and output of a command, and its input", async () => {
    const { ending, stdout, stderr } = await run("cat; echo err >&2; exit 3", { stdin: "äöü" });
    assert.deepEqual(ending, { kind: "exit", status: 3 });
    assert.equal(stdout.text, "äöü");
    assert.equal(stderr.text, "err\n");
  });

  it("passes on nothing of its own environment (L190)", async () => {
    const { stdout } = await run("env | sort", { env: { PATH: DEFAULT_PROGRAM_PATH, LC: "x" } });
    const names = stdout.text.split("\n").map((line) => line.split("=")[0]);
    assert.deepEqual(names, ["LC", "ORCHESTRATOR_PROCESS", "PATH", "PWD", ""]);
  });

  it("keeps head and tail of what is too much, and says what is left out (L218)", async () => {
    const { stdout } = await run(
      "printf head; head -c 3000000 /dev/zero | tr '\\0' x; printf tail",
      {
        limits: { outputBytes: 1000 },
      },
    );
    assert.equal(stdout.truncated, true);
    assert.equal(stdout.bytes, 3_000_008);
    assert.match(stdout.text, /^headx{496}\n\[… 2999008 bytes left out …\]\nx{496}tail$/);
  });

  it("leaves no descendant when a command ends, whatever that did to get away (L190)", async () => {
    const escapes = [
      "sleep 321.1 &",
      "setsid sleep 321.2 >/dev/null 2>&1 </dev/null &",
      "(setsid sh -c 'sleep 321.3 & sleep 321.4 & exit' &) >/dev/null 2>&1",
      "(env -i setsid -f env -i /usr/bin/setsid -f /bin/sleep 321.5 &) >/dev/null 2>&1",
      "nohup sleep 321.6 >/dev/null 2>&1 &",
    ];
    const { ending, stdout } = await run(`${escapes.join("\n")}\nsleep 0.2; echo done`);
    assert.deepEqual(ending, { kind: "exit", status: 0 });
    assert.equal(stdout.text, "done\n");
    assert.deepEqual(await commandsLike("sleep\u0000321."), []);
  });

  it("ends the whole tree when the signal aborts, also one that ignores SIGTERM", async () => {
    const stop = new AbortController();
    const running = run(
      "trap '' TERM; (trap '' TERM; setsid sleep 322.1) & sleep 322.2; sleep 322.3",
      {
        signal: stop.signal,
      },
    );
    await eventually(async () => (await commandsLike("sleep\u0000322.")).length === 2);
    stop.abort(new DOMException("time is up", "TimeoutError"));
    assert.deepEqual((await running).ending, { kind: "aborted" });
    assert.deepEqual(await commandsLike("sleep\u0000322."), []);
  });

  it("leaves processes of others alone", async () => {
    const stop = new AbortController();
    const other = run("sleep 323.1", { signal: stop.signal });
    await eventually(async () => (await commandsLike("sleep\u0000323.1")).length === 1);
    await run("setsid sleep 324.1 & exit 0");
    assert.equal((await commandsLike("sleep\u0000323.1")).length, 1);
    stop.abort();
    await other;
  });

  it("ends a process that takes too much memory, and a tree of them, naming the limit", async () => {
    const limits = { memoryBytes: 64 * 1024 * 1024 };
    const one = await run(`exec python3 -c 'bytearray(200_000_000)'`, { limits });
    assert.deepEqual(one.ending, { kind: "exit", status: 1 });
    assert.match(one.stderr.text, /MemoryError/);
    const held = `python3 -c 'import time; held = b"x" * 40_000_000; time.sleep(30)'`;
    const many = await run(`${held} & ${held} & ${held} & wait`, { limits });
    assert.deepEqual(many.ending, { kind: "limit", limit: "memory", status: 137 });
  });

  it("ends a tree of too many processes", async () => {
    const { ending } = await run("for i in 1 2 3 4 5 6 7 8 9; do sleep 325 & done; wait", {
      limits: { processes: 8 },
    });
    assert.deepEqual(ending, { kind: "limit", limit: "processes", status: 137 });
    assert.deepEqual(await commandsLike("sleep\u0000325"), []);
  });

  it("ends a process that takes too much CPU time or writes too large a file", async () => {
    const spinning = await run("while :; do :; done", { limits: { cpuSeconds: 1 } });
    assert.equal(spinning.ending.kind === "limit" && spinning.ending.limit, "cpu");
    const writing = await run("exec head -c 3000000 /dev/zero > large", {
      limits: { fileBytes: 1_000_000 },
    });
    assert.deepEqual(writing.ending, { kind: "limit", limit: "file size", status: 153 });
  });

  it("says why a process did not start", async () => {
    const { ending } = await run("true", { cwd: join(cwd, "missing") });
    assert.equal(ending.kind, "not_started");
  });
});

function run(
  command: string,
  {
    limits,
    signal = new AbortController().signal,
    ...rest
  }: Partial<Omit<HostProcess, "limits">> & {
    limits?: Partial<ProcessLimits>;
    signal?: AbortSignal;
  } = {},
) {
  launches += 1;
  return runHostProcess(
    {
      program: "/bin/sh",
      args: ["-c", command],
      cwd,
      env: { PATH: DEFAULT_PROGRAM_PATH },
      captures: true,
      token: `${process.pid}.${launches}`,
      ...rest,
      limits: { ...DEFAULT_LIMITS, ...limits },
    },
    { signal },
  );
}

async function commandsLike(part: string): Promise<number[]> {
  const found: number[] = [];
  for (const { pid } of allProcesses()) {
    const line = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    if (line.includes(part) && processFacts(pid)?.state !== "Z") {
      found.push(pid);
    }
  }
  return found;
}

async function eventually(holds: () => Promise<boolean>): Promise<void> {
  for (let round = 0; round < 200; round += 1) {
    if (await holds()) {
      return;
    }
    await sleep(20);
  }
  assert.fail("it did not come about");
}
