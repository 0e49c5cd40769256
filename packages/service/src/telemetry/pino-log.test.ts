import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, describe, it } from "node:test";

import { readSettings } from "../settings/read-settings.ts";
import { openPinoLog } from "./pino-log.ts";

const folder = mkdtempSync(join(tmpdir(), "log-"));
const file = join(folder, "logs", "app.log");
after(() => rmSync(folder, { recursive: true }));

/** Opens the log that flags describe, in a file of a folder that is not there yet. */
function open(flags: Readonly<Record<string, string>> = {}) {
  const { logging } = readSettings({
    env: { ORCHESTRATOR_ENV: "test" },
    flags: { "logging.output": "file", "logging.file_path": file, ...flags },
    cwd: folder,
  });
  return openPinoLog(logging, { fields: { service: "test" }, secrets: [] });
}

async function written(flags: Readonly<Record<string, string>> = {}): Promise<string> {
  rmSync(file, { force: true });
  const { log, [Symbol.dispose]: close } = await open(flags);
  for (const level of ["debug", "info", "warn", "error"] as const) {
    log[level](`${level}_event`, { answer: 42 });
  }
  close();
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}

describe("a log", () => {
  it("has what is as severe as logging.level, and nothing less", async () => {
    assert.deepEqual(await eventsAt("WARNING"), ["warn", "error"]);
    assert.deepEqual(await eventsAt("debug"), ["debug", "info", "warn", "error"]);
    assert.deepEqual(await eventsAt("CRITICAL"), []);
  });

  it("has one JSON object a line, or lines for eyes, as logging.format says", async () => {
    const [first = ""] = (await written({ "logging.format": "json" })).split("\n");
    const line: unknown = JSON.parse(first);
    assert.ok(typeof line === "object" && line !== null && "time" in line);
    assert.deepEqual(
      { ...line, time: undefined },
      { level: "info", time: undefined, service: "test", answer: 42, msg: "info_event" },
    );
    const [detailed = ""] = (await written({ "logging.format": "detailed" })).split("\n");
    assert.match(detailed, /^\[\d\d:\d\d:\d\d\.\d{3}\] INFO: info_event \{"answer":42\}$/);
  });

  it("goes where logging.output and logging.file_path say", async () => {
    assert.match(await written(), /info_event/);
    for (const output of ["none", "stdout", "stderr"]) {
      const said = await saidBy(output);
      assert.equal(said.file, "", output);
      for (const stream of ["stdout", "stderr"] as const) {
        assert.equal(
          said[stream].includes("info_event"),
          stream === output,
          `${output}: ${stream}`,
        );
      }
    }
  });

  it("opens its file again at SIGHUP, when that was moved away", async () => {
    rmSync(file, { force: true });
    const { log, [Symbol.dispose]: close } = await open();
    log.info("before");
    renameSync(file, `${file}.1`);
    log.info("between");
    process.emit("SIGHUP");
    log.info("afterwards");
    close();
    assert.match(readFileSync(`${file}.1`, "utf8"), /"before"[^]*"between"/);
    assert.match(readFileSync(file, "utf8"), /^[^\n]*"afterwards"[^\n]*\n$/);
  });
});

async function eventsAt(level: string): Promise<readonly (string | undefined)[]> {
  const lines = await written({ "logging.level": level });
  return [...lines.matchAll(/"(\w+)_event"/g)].map(([, event]) => event);
}

/** What a process that logs to an output says on its streams, and leaves in the file that it does not log to. */
async function saidBy(output: string) {
  rmSync(file, { force: true });
  const child = spawn(
    process.execPath,
    [...process.execArgv, new URL("./pino-log.fixture.ts", import.meta.url).pathname, output, file],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  if (child.exitCode === null) await once(child, "exit");
  assert.equal(child.exitCode, 0, stderr);
  return { stdout, stderr, file: existsSync(file) ? readFileSync(file, "utf8") : "" };
}
