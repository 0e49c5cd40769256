import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { describe, it } from "node:test";

import { DEFAULT_LIMITS } from "./process-limits.ts";
import { DEFAULT_PROGRAM_PATH } from "./program.ts";
import { findPython, runPython } from "./python.ts";

let launches = 0;

describe("runPython", () => {
  it("binds inputs and gives the variable result as JSON (L189)", async () => {
    const { result, stdout, ending } = await run(
      `print("é"); result = {"n": inputs["n"] + 1, "t": inputs["t"]}`,
      { n: 41, t: "é\u2028" },
    );
    assert.deepEqual(ending, { kind: "exit", status: 0 });
    assert.equal(stdout.text, "é\n");
    assert.deepEqual(result.kind === "json" && JSON.parse(result.text), { n: 42, t: "é\u2028" });
  });

  it("says that there is no result, also after an exit", async () => {
    assert.equal((await run("x = 1")).result.kind, "unset");
    const exited = await run("import sys; result = 1; sys.exit(4)");
    assert.deepEqual([exited.ending, exited.result.kind], [{ kind: "exit", status: 4 }, "unset"]);
  });

  it("shows the line of the code that failed, and nothing of what runs it", async () => {
    const { ending, stderr } = await run("a = 1\nraise ValueError('no')");
    assert.deepEqual(ending, { kind: "exit", status: 1 });
    assert.match(stderr.text, /^Traceback.*\n  File "<code>", line 2, in <module>\n    raise Val/);
  });

  it("fails code whose result is not JSON", async () => {
    const { ending, stderr } = await run("result = {1, 2}");
    assert.deepEqual(ending, { kind: "exit", status: 1 });
    assert.match(stderr.text, /result cannot be given as JSON: Object of type set/);
    assert.deepEqual((await run("result = float('nan')")).ending, { kind: "exit", status: 1 });
  });

  it("gives code an empty standard input and a main module", async () => {
    const { stdout } = await run("import sys; print(repr(sys.stdin.read()), __name__)");
    assert.equal(stdout.text, "'' __main__\n");
  });

  it("finds no interpreter where there is none", async () => {
    assert.equal(await findPython("/nonexistent"), undefined);
  });
});

async function run(code: string, inputs: unknown = {}) {
  launches += 1;
  const program = await findPython();
  assert.ok(program !== undefined);
  return runPython(
    { code, inputs: JSON.stringify(inputs) },
    {
      process: {
        program,
        cwd: tmpdir(),
        env: { PATH: DEFAULT_PROGRAM_PATH },
        limits: DEFAULT_LIMITS,
        token: `python.${process.pid}.${launches}`,
      },
      signal: new AbortController().signal,
    },
  );
}
