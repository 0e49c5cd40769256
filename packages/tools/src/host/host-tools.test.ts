import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

import type { JsonObject } from "@orchestrator/pipeline";

import { runTool } from "../run-tool.ts";
import { type ScratchWorkspace, openScratchWorkspace } from "../testing.ts";
import type { ToolContext, ToolOutcome } from "../tool.ts";

let scratch: ScratchWorkspace;

describe("host tools", () => {
  before(async () => {
    scratch = await openScratchWorkspace();
    await mkdir(join(scratch.root, "sub"));
  });
  after(() => scratch[Symbol.asyncDispose]());

  describe("terminal.execute", () => {
    it("runs a command in the workspace, in a scrubbed environment (L188, L190)", async () => {
      const outcome = await terminal({
        command: "pwd; echo $HOME $X; cat",
        env: { X: 7 },
        stdin: "in",
      });
      assert.ok(outcome.kind === "done");
      const { execution_time: seconds, ...result } = Object.fromEntries(
        Object.entries(outcome.result ?? {}),
      );
      assert.deepEqual(result, {
        command: "pwd; echo $HOME $X; cat",
        return_code: 0,
        stdout: `${scratch.root}\n${scratch.root} 7\nin`,
        stderr: "",
        working_dir: ".",
        truncated: false,
        unsandboxed: true,
      });
      assert.equal(typeof seconds, "number");
    });

    it("fails on a non-zero exit with its result, unless that is allowed", async () => {
      const command = "echo out; echo bad >&2; exit 3";
      const outcome = await terminal({ command });
      assert.ok(outcome.kind === "failed");
      assert.deepEqual(outcome.error, {
        code: "PROCESS_EXIT",
        type: "ProcessExitError",
        message: "command exited with status 3: bad",
        status: 3,
      });
      assert.equal(field(outcome, "stdout"), "out\n");
      const allowed = await terminal({ command, allow_failure: true });
      assert.deepEqual([allowed.kind, field(allowed, "return_code")], ["done", 3]);
    });

    it("stays in the workspace with its directory", async () => {
      const inside = await terminal({ command: "pwd", cwd: "sub" });
      assert.equal(field(inside, "stdout"), `${scratch.root}/sub\n`);
      assert.equal(field(inside, "working_dir"), "sub");
      assert.equal(code(await terminal({ command: "pwd", cwd: ".." })), "PATH_DENIED");
      assert.equal(code(await terminal({ command: "pwd", cwd: "none" })), "FILE_NOT_FOUND");
    });

    it("ends at its timeout, and at that of the attempt (L91)", async () => {
      const own = await terminal({ command: "sleep 30", timeout: 0.2 });
      assert.ok(own.kind === "failed");
      assert.deepEqual(own.error, {
        code: "TIMEOUT",
        type: "TimeoutError",
        message: "timeout: command did not end within 0.2 s",
        timedOut: true,
      });
      const attempt = await terminal({ command: "sleep 30" }, { signal: AbortSignal.timeout(200) });
      assert.deepEqual(
        [code(attempt), attempt.kind === "failed" && attempt.error.timedOut],
        ["TIMEOUT", true],
      );
      const stop = new AbortController();
      const cancelled = terminal({ command: "sleep 30" }, { signal: stop.signal });
      stop.abort(new Error("cancelled"));
      assert.equal(code(await cancelled), "CANCELLED");
    });

    it("names the limit that it was ended at, which the step lowered (L41, L218)", async () => {
      const held = `python3 -c 'import time; held = b"1" * 30_000_000; time.sleep(9)'`;
      const outcome = await terminal(
        { command: `${held} & ${held} & wait` },
        { resourceLimits: { memoryMb: 48 } },
      );
      assert.equal(message(outcome), "command was ended at its limit: memory, 48 MiB");
      const spinning = await terminal(
        { command: "while :; do :; done" },
        { resourceLimits: { cpuSeconds: 1 } },
      );
      assert.equal(message(spinning), "command was ended at its limit: CPU time, 1 s");
      const much = await terminal(
        { command: "head -c 100000 /dev/zero" },
        { resourceLimits: { outputKb: 1 } },
      );
      assert.equal(field(much, "truncated"), true);
    });

    it("is denied where host processes are not allowed, and not configured without a shell", async () => {
      const denied = await terminal({ command: "true" }, { hostProcesses: false });
      assert.equal(code(denied), "SANDBOX_DENIED");
      const bare = await terminal({ command: "true" }, { programPath: "/nonexistent" });
      assert.equal(code(bare), "TOOL_NOT_CONFIGURED");
    });
  });

  describe("python-executor.execute", () => {
    it("gives the variable result, else printed JSON, else null (L189)", async () => {
      const set = await python({ code: "result = {'n': inputs['n'] * 2}", inputs: { n: 21 } });
      assert.deepEqual(field(set, "value"), { n: 42 });
      assert.deepEqual(field(await python({ code: "print('[1, 2]')" }), "value"), [1, 2]);
      assert.equal(field(await python({ code: "print('text')" }), "value"), null);
    });

    it("fails with the exception and keeps what was printed", async () => {
      const outcome = await python({ code: "print(1)\nraise ValueError('no')" });
      assert.equal(message(outcome), "code exited with status 1: ValueError: no");
      assert.equal(field(outcome, "stdout"), "1\n");
    });

    it("ends at its timeout", async () => {
      assert.equal(
        code(await python({ code: "import time; time.sleep(30)", timeout: "300ms" })),
        "TIMEOUT",
      );
    });

    it("is not configured without an interpreter, and gives nothing in its place (L183)", async () => {
      assert.equal(
        code(await python({ code: "" }, { programPath: "/nonexistent" })),
        "TOOL_NOT_CONFIGURED",
      );
    });
  });

  describe("javascript-executor.execute", () => {
    it("gives the variable result, else printed JSON, else null (L189)", async () => {
      const set = await javascript({
        code: "const result = { n: inputs.n * 2 }",
        inputs: { n: 21 },
      });
      assert.deepEqual(field(set, "value"), { n: 42 });
      assert.deepEqual(field(await javascript({ code: "console.log('[1, 2]')" }), "value"), [1, 2]);
      assert.equal(field(await javascript({ code: "console.log('text')" }), "value"), null);
    });

    it("fails with its exit status, and keeps what was printed, unless that is allowed", async () => {
      const exiting = "console.log(1); process.exit(3)";
      const outcome = await javascript({ code: exiting });
      assert.equal(message(outcome), "code exited with status 3");
      assert.equal(field(outcome, "stdout"), "1\n");
      assert.equal((await javascript({ code: exiting, allow_failure: true })).kind, "done");
    });

    it("ends at its timeout", async () => {
      assert.equal(
        code(await javascript({ code: "setTimeout(() => {}, 30_000)", timeout: "1s" })),
        "TIMEOUT",
      );
    });

    it("is not configured without an interpreter, and denied without host processes", async () => {
      assert.equal(
        code(await javascript({ code: "" }, { programPath: "/nonexistent" })),
        "TOOL_NOT_CONFIGURED",
      );
      assert.equal(
        code(await javascript({ code: "" }, { hostProcesses: false })),
        "SANDBOX_DENIED",
      );
    });
  });
});

function javascript(
  parameters: JsonObject,
  context: Partial<ToolContext> = {},
): Promise<ToolOutcome> {
  return runTool(
    { tool: "javascript-executor", operation: "execute", parameters },
    { ...scratch.context, ...context },
  );
}

function terminal(
  parameters: JsonObject,
  context: Partial<ToolContext> = {},
): Promise<ToolOutcome> {
  return runTool(
    { tool: "terminal", operation: "execute", parameters },
    { ...scratch.context, ...context },
  );
}

function python(parameters: JsonObject, context: Partial<ToolContext> = {}): Promise<ToolOutcome> {
  return runTool(
    { tool: "python-executor", operation: "execute", parameters },
    { ...scratch.context, ...context },
  );
}

function field({ result }: ToolOutcome, name: string): unknown {
  assert.ok(typeof result === "object" && result !== null);
  return Object.entries(result).find(([key]) => key === name)?.[1];
}

function code(outcome: ToolOutcome): string | undefined {
  return outcome.kind === "failed" ? outcome.error.code : undefined;
}

function message(outcome: ToolOutcome): string {
  return outcome.kind === "failed" ? outcome.error.message : "";
}
