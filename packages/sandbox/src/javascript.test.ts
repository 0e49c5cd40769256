import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { describe, it } from "node:test";

import type { CodeOutcome } from "./code.ts";
import { findJavaScript, runJavaScript } from "./javascript.ts";
import { DEFAULT_LIMITS } from "./process-limits.ts";
import { DEFAULT_PROGRAM_PATH } from "./program.ts";

let launches = 0;

describe("runJavaScript", () => {
  it("binds inputs and gives the variable result as JSON, however it is declared (L189)", async () => {
    for (const declared of ["const result", "let result", "var result", "result"]) {
      const { result, stdout, ending, stderr } = await run(
        `console.log("é"); ${declared} = { n: inputs.n + 1, t: inputs.t };`,
        { n: 41, t: "é\u2028" },
      );
      assert.deepEqual(ending, { kind: "exit", status: 0 }, stderr.text);
      assert.equal(stdout.text, "é\n");
      assert.deepEqual(valueOf(result), { n: 42, t: "é\u2028" });
    }
  });

  it("waits for what goes on, and for a result that is a promise", async () => {
    const later = await run("let result = 1; setTimeout(() => { result = 2; }, 20)");
    assert.equal(valueOf(later.result), 2);
    const promised = await run("const result = (async () => [1, await Promise.resolve(2)])()");
    assert.deepEqual(valueOf(promised.result), [1, 2]);
    const refused = await run("const result = Promise.reject(new Error('no'))");
    assert.deepEqual(refused.ending, { kind: "exit", status: 1 });
  });

  it("says that there is no result, also after an exit", async () => {
    assert.equal((await run("const x = 1")).result.kind, "unset");
    const left = await run("var result = 5; process.exit(0)");
    assert.equal(valueOf(left.result), 5);
    const exited = await run("var result = 1; process.exit(4)");
    assert.deepEqual([exited.ending, exited.result.kind], [{ kind: "exit", status: 4 }, "unset"]);
  });

  it("shows the line of the code that failed", async () => {
    const { ending, stderr, result } = await run(
      "const a = 1;\nvar result = 1;\nthrow new TypeError('no')",
    );
    assert.deepEqual([ending, result.kind], [{ kind: "exit", status: 1 }, "unset"]);
    assert.match(stderr.text, /<code>:3\n.*throw new TypeError/s);
    assert.match((await run("const = 1")).stderr.text, /<code>:1\n/);
  });

  it("fails code whose result is not JSON", async () => {
    for (const source of ["1n", "() => 1", "NaN", "[1 / 0]", "Symbol('x')"]) {
      const { ending, stderr } = await run(`const result = ${source}`);
      assert.deepEqual(ending, { kind: "exit", status: 1 }, source);
      assert.match(stderr.text, /result cannot be given as JSON: /, source);
    }
  });

  it("gives code an empty standard input, modules, and names of its own", async () => {
    const { result, stderr } = await run(
      `const fs = require("node:fs"); const given = 1; const result = [fs.readFileSync(0, "utf8"), typeof module];`,
    );
    assert.deepEqual(valueOf(result), ["", "undefined"], stderr.text);
  });

  it("gives large results whole", async () => {
    const { result } = await run("const result = 'x'.repeat(3_000_000)");
    assert.equal(String(valueOf(result)).length, 3_000_000);
  });

  it("finds no interpreter where there is none", async () => {
    assert.equal(await findJavaScript("/nonexistent"), undefined);
  });
});

function valueOf(result: CodeOutcome["result"]): unknown {
  assert.equal(result.kind, "json");
  return JSON.parse(result.text);
}

async function run(code: string, inputs: unknown = {}): Promise<CodeOutcome> {
  launches += 1;
  const program = await findJavaScript();
  assert.ok(program !== undefined);
  return runJavaScript(
    { code, inputs: JSON.stringify(inputs) },
    {
      process: {
        program,
        cwd: tmpdir(),
        env: { PATH: DEFAULT_PROGRAM_PATH },
        limits: DEFAULT_LIMITS,
        token: `javascript-test-${process.pid}-${launches}`,
      },
      signal: new AbortController().signal,
    },
  );
}
