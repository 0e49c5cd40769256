import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";

import { startCli, until } from "../harness/cli-process.ts";
import { freePorts } from "../harness/free-ports.ts";
import { type CliOptions, type CliOutcome, runCli } from "../harness/run-cli.ts";
import { documentNamed, pathOf } from "./documents.ts";

/** What colours begin with. */
const ESCAPE = "\u001B[";
const ABSENT = "01890000-0000-7000-8000-000000000000";

describe("the command without a mesh", () => {
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "orchestrator-cli-"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));
  const cli = (args: readonly string[], options: Partial<CliOptions> = {}): Promise<CliOutcome> =>
    runCli(args, { cwd: folder, ...options });

  it("helps, tells its version, and refuses what it does not know", async () => {
    const help = await cli(["--help"]);
    assert.equal(help.code, 0);
    assert.match(help.stdout, /validate .*\n/);
    assert.match((await cli(["--version"])).stdout, /^\d+\.\d+\.\d+\n$/);
    assert.equal((await cli(["run", "--help"])).code, 0);
    for (const args of [["nonsense"], ["run"], ["run", "x.yaml", "--wat"]]) {
      assert.equal((await cli(args)).code, 2, args.join(" "));
    }
  });

  it("says that a file is not there with exit 2", async () => {
    for (const command of ["run", "validate"]) {
      const { code, stderr } = await cli([command, "nowhere.yaml"]);
      assert.deepEqual(
        { code, stderr },
        { code: 2, stderr: "cannot read nowhere.yaml: there is no such file\n" },
      );
    }
  });

  it("prints findings as JSON that says all that there is of each (G12)", async () => {
    writeFileSync(
      join(folder, "typo.yaml"),
      "id: t\nname: T\nsteps:\n  - id: a\n    action: echo\n    parameters: { mesage: hi }\n",
    );
    const { code, stdout } = await cli(["validate", "typo.yaml", "--json"]);
    assert.equal(code, 2);
    const { findings, ...others } = JSON.parse(stdout);
    assert.deepEqual(Object.keys(others), ["pipeline_file", "valid", "pipeline", "tasks", "error"]);
    const finding = findings.find(({ severity }: { severity: string }) => severity === "error");
    assert.deepEqual(
      { ...finding, message: "", suggestions: [] },
      {
        code: "unknown_parameter",
        severity: "error",
        category: finding.category,
        step: "a",
        path: "parameters.mesage",
        parameter_path: "parameters.mesage",
        line: 6,
        column: 19,
        referenced_step: null,
        referenced_field: null,
        message: "",
        suggestions: [],
      },
    );
    assert.equal(finding.suggestions[0], "message");
  });

  it("keeps runs, stored pipelines and files from one command to the next", async () => {
    const ran = await cli(["run", pathOf("greet"), "--json"]);
    assert.equal(ran.code, 0, ran.stderr);
    const { run_id: runId } = JSON.parse(ran.stdout);
    const listed = JSON.parse((await cli(["runs", "list"])).stdout);
    assert.deepEqual(
      listed.runs.map(({ runId: id, status }: { runId: string; status: string }) => [id, status]),
      [[runId, "RUN_STATUS_COMPLETED"]],
    );
    assert.equal((await cli(["runs", "get", runId])).stdout, ran.stdout);
    const table = await cli(["runs", "events", runId], { terminal: true });
    assert.match(table.stdout, /^SEQ +TIME +EVENT/);
    assert.match(table.stdout, /run_finished/);
    const files = JSON.parse((await cli(["artifacts", "list", runId])).stdout);
    assert.equal(files.artifacts[0].path, "out/greeting.txt");
    assert.equal((await cli(["artifacts", "get", runId, "--to", "fetched"])).code, 0);
    assert.equal(readFileSync(join(folder, "fetched/out/greeting.txt"), "utf8"), "hello world");
    assert.equal((await cli(["artifacts", "get", runId, "nope.txt"])).code, 3);

    assert.equal((await cli(["pipelines", "push", pathOf("greet")])).code, 0);
    assert.equal(
      (await cli(["pipelines", "get", "greet"], { terminal: true })).stdout,
      documentNamed("greet"),
    );
    const byName = await cli(["run", "greet", "-i", "greeting=12"]);
    assert.equal(JSON.parse(byName.stdout).outputs.text, "12 world");
  });

  it("tells an id or a name that the mesh does not know by exit 3", async () => {
    for (const args of [
      ["runs", "get", ABSENT],
      ["runs", "watch", ABSENT],
      ["artifacts", "list", ABSENT],
      ["pipelines", "get", "nobody"],
      ["run", "nobody"],
      ["runs", "get", "nope"],
      ["runs", "watch", "nope"],
      ["runs", "events", "nope"],
      ["runs", "cancel", "nope"],
      ["artifacts", "list", "nope"],
      ["artifacts", "get", "nope"],
    ]) {
      const { code, stderr } = await cli([...args, "--config", emptyConfig(folder)]);
      assert.equal(code, 3, `${args.join(" ")}: ${stderr}`);
      assert.match(stderr, /does not exist/);
    }
  });

  it("says that nothing answers with exit 5, and that a flag has no use with exit 2", async () => {
    const [port] = await freePorts(1);
    const url = `http://127.0.0.1:${port}`;
    const lost = await cli(["runs", "list", "--url", url]);
    assert.equal(lost.code, 5, lost.stderr);
    assert.match(lost.stderr, /cannot reach the mesh/);
    assert.equal((await cli(["runs", "list", "--url", "localhost"])).code, 2);
    assert.equal((await cli(["run", pathOf("greet"), "--detach"])).code, 2);
    assert.equal((await cli(["run", pathOf("greet"), "--ephemeral", "--url", url])).code, 2);
  });

  it("shows a summary on a terminal, in plain words where colours are not wanted", async () => {
    const args = ["run", pathOf("missing-file"), "--ephemeral"];
    const coloured = await cli(args, { terminal: true });
    assert.ok(coloured.stderr.includes(ESCAPE));
    const plain = await cli(args, { terminal: true, env: { NO_COLOR: "1" } });
    assert.ok(!(plain.stderr + plain.stdout).includes(ESCAPE));
    assert.match(plain.stdout, /^missing-file failed in .*: 1 completed, 1 skipped, 1 failed\n/);
    assert.match(plain.stderr, /✗ read_missing failed.*: File not found: out\/not-there\.txt\n/);
    assert.match(plain.stderr, /Pipeline completed with 1 failed step\(s\): read_missing\n$/);
  });

  it("checks and prints the configuration, secrets masked", async () => {
    writeFileSync(
      join(folder, "ours.yaml"),
      'models:\n  providers:\n    openai:\n      api_key: "sk-very-secret"\n',
    );
    const printed = await cli(["config", "print", "--config", "ours.yaml"]);
    assert.match(printed.stdout, /apiKey: "\*\*\*"/);
    assert.doesNotMatch(printed.stdout, /very-secret/);
    writeFileSync(join(folder, "wrong.yaml"), "server:\n  prot: 1\n");
    const wrong = await cli(["config", "check", "--config", "wrong.yaml"]);
    assert.equal(wrong.code, 2);
    assert.match(
      wrong.stderr,
      /wrong\.yaml:2: server\.prot is not a setting; did you mean server\.port\?/,
    );
  });

  it("says what of the schema is applied, and changes nothing by it", async () => {
    const place = join(folder, "migrated");
    const config = emptyConfig(place);
    const due = await cli(["migrate", "status", "--json", "--config", config]);
    const statuses = JSON.parse(due.stdout).map(({ status }: { status: string }) => status);
    assert.deepEqual([...new Set(statuses)], ["due"]);
    assert.equal(existsSync(join(place, "data", "store")), false);
    assert.match(
      (await cli(["migrate", "up", "--config", config])).stdout,
      /^applied registry 0001/,
    );
    assert.equal((await cli(["migrate", "up", "--config", config])).stdout, "nothing was due\n");
    const doctor = await cli(["doctor", "--json", "--config", config]);
    const found = Object.fromEntries(
      JSON.parse(doctor.stdout).map(({ what, status }: { what: string; status: string }) => [
        what,
        status,
      ]),
    );
    assert.equal(found["embedded store"], "ok");
    assert.equal(found["migrations"], "ok");
  });
});

describe("the command as a process", () => {
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "orchestrator-cli-process-"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("cancels its run at the first Ctrl-C, prints the document, and exits 130 (L180)", async () => {
    await using command = startCli(
      ["run", pathOf("slow"), "-v", "--ephemeral", "--config", emptyConfig(folder)],
      { cwd: folder },
    );
    await until("the program", async () => countOf("sleep 30") > 0);
    command.signal("SIGINT");
    const { code, stdout } = await command.ended;
    assert.equal(code, 130);
    assert.equal(JSON.parse(stdout).status, "cancelled");
    assert.equal(countOf("sleep 30"), 0);
  });

  it("kills at the second Ctrl-C, and leaves no program behind", async () => {
    const file = join(folder, "stubborn.yaml");
    writeFileSync(
      file,
      `id: stubborn\nname: Stubborn\nsteps: [{ id: a, tool: terminal, action: execute, parameters: { command: "trap '' TERM; sleep 32; sleep 33" } }]\n`,
    );
    const args = ["run", file, "--ephemeral", "--watch", "--config", emptyConfig(folder)];
    await using command = startCli(args, { cwd: folder });
    await until("the program", async () => countOf("sleep 32") > 0);
    command.signal("SIGINT");
    await delay(500);
    command.signal("SIGINT");
    const { code } = await command.ended;
    assert.equal(code, 130);
    assert.equal(countOf("sleep 32") + countOf("sleep 33"), 0);
  });

  it("serves a mesh that others use, and whose store and port are its own", async () => {
    const [port, ops, ...others] = await freePorts(8);
    const env = servicePorts([port, ops, ...others]);
    const config = emptyConfig(folder);
    await using mesh = startCli(["serve", "--config", config], { cwd: folder, env });
    const url = `http://127.0.0.1:${port}`;
    await until("the mesh", () => answers(`${url}/ready`));

    const inUse = await runCli(["runs", "list", "--config", config], { cwd: folder });
    assert.equal(inUse.code, 2);
    assert.match(inUse.stderr, /^the store in .* is in use by process \d+.*--url.*\n$/);
    const other = emptyConfig(join(folder, "other"));
    const taken = await startCli(["serve", "--config", other], { cwd: folder, env }).ended;
    assert.equal(taken.code, 2);
    assert.match(taken.stderr, /^\w+.*: port \d+ of 127\.0\.0\.1 is in use; .*\n$/);

    const cli = (args: readonly string[]): Promise<CliOutcome> =>
      runCli([...args, "--url", url], { cwd: folder });
    assert.equal((await cli(["run", pathOf("greet")])).code, 0);
    const detached = await cli(["run", pathOf("slow"), "-i", "seconds=31", "--detach"]);
    const runId = detached.stdout.trim();
    const watching = startCli(["runs", "watch", runId, "--url", url], { cwd: folder });
    await until("the step", async () => countOf("sleep 31") > 0);
    await until("the watch", async () => watching.said().includes("STEP_STARTED"));
    watching.signal("SIGINT");
    const left = await watching.ended;
    assert.equal(left.code, 130);
    assert.match(
      left.stderr,
      new RegExp(`watch again with: orchestrator runs watch ${runId} --url ${url}`),
    );
    assert.equal((await runCli(["health"], { cwd: folder, env })).code, 0);
    assert.equal((await cli(["sessions", "list"])).code, 0);

    mesh.signal("SIGTERM");
    const stopped = await mesh.ended;
    assert.equal(stopped.code, 0, stopped.stderr);
    assert.equal(countOf("sleep 31"), 0);

    const next = await runCli(["run", pathOf("greet"), "--config", config], { cwd: folder });
    assert.equal(next.code, 0);
    assert.equal(next.stderr, `unfinished runs in this store: ${runId}; npm start takes them up\n`);
  });
});

/** A configuration that keeps its store in a folder of its own. */
function emptyConfig(folder: string): string {
  const path = `${folder}.yaml`;
  writeFileSync(
    path,
    `storage:\n  backend: file\n  path: ${JSON.stringify(join(folder, "data"))}\ntools:\n  host_processes: allow\nlogging:\n  output: none\n`,
  );
  return path;
}

function servicePorts(ports: readonly (number | undefined)[]): Record<string, string> {
  const names = ["GATEWAY", "REGISTRY", "EXECUTOR", "STATE"];
  return Object.fromEntries(
    names.flatMap((name, i) => [
      [`${name}_PORT`, String(ports[2 * i])],
      [`${name}_OPS_PORT`, String(ports[2 * i + 1])],
    ]),
  );
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false; // Not yet.
  }
}

/** How many processes of this machine run such a command. */
function countOf(command: string): number {
  return readdirSync("/proc").filter((pid) => /^\d+$/.test(pid) && commandOf(pid) === command)
    .length;
}

function commandOf(pid: string): string {
  try {
    return readFileSync(join("/proc", pid, "cmdline"), "utf8")
      .split("\0")
      .join(" ")
      .trim();
  } catch {
    return ""; // It ended meanwhile.
  }
}
