import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { Code } from "@connectrpc/connect";
import { StoreInUse } from "@orchestrator/postgres";
import { RpcError } from "@orchestrator/rpc";
import { SettingsError } from "@orchestrator/service";

import { cliErrorFrom } from "./thrown.ts";

function wordsFor(code: Code): string {
  return cliErrorFrom(new RpcError(code, { reason: "R", message: "Invalid API key" })).message;
}

describe("what ends a command", () => {
  it("exits as the error of a call calls for", () => {
    const exits = [
      [Code.NotFound, 3],
      [Code.Unauthenticated, 4],
      [Code.PermissionDenied, 4],
      [Code.Unavailable, 5],
      [Code.DeadlineExceeded, 5],
      [Code.InvalidArgument, 2],
      [Code.AlreadyExists, 2],
      [Code.Internal, 1],
      [Code.FailedPrecondition, 1],
    ] as const;
    for (const [code, exit] of exits) {
      assert.equal(cliErrorFrom(new RpcError(code, { reason: "R", message: "m" })).exitCode, exit);
    }
  });

  it("says what the machine refused in one line, and shows where a bug was", () => {
    const refused = Object.assign(new Error("ENOSPC: no space left"), {
      errno: -28,
      syscall: "write",
    });
    assert.deepEqual(
      [cliErrorFrom(refused).message, cliErrorFrom(refused).exitCode],
      ["ENOSPC: no space left", 1],
    );
    assert.match(cliErrorFrom(new Error("a bug")).message, /thrown\.test/);
  });

  it("says how to show a key, and what to do when a mesh cannot be reached", () => {
    assert.match(wordsFor(Code.Unauthenticated), /^Invalid API key; .*--api-key-file/);
    assert.match(
      wordsFor(Code.Unavailable),
      /^cannot reach the mesh: .*"orchestrator serve".*--url/,
    );
  });

  it("names every field that was refused", () => {
    const fieldViolations = ["a", "b", "c"].map((field) => ({ field, description: "is wrong" }));
    const { message } = cliErrorFrom(
      new RpcError(Code.InvalidArgument, { reason: "R", message: "a: is wrong", fieldViolations }),
    );
    assert.equal(message, "a: is wrong\n  b: is wrong\n  c: is wrong");
  });

  it("says in one line what other packages found, and what to do", () => {
    const inUse = cliErrorFrom(new StoreInUse("/data/store", { pid: 7, host: "elsewhere" }));
    assert.equal(inUse.exitCode, 2);
    assert.match(inUse.message, /process 7 on elsewhere.*--url/);
    assert.equal(cliErrorFrom(new SettingsError(["x is wrong"])).exitCode, 2);
  });

  it("keeps the stack of a bug", () => {
    const error = cliErrorFrom(new TypeError("oops"));
    assert.equal(error.exitCode, 1);
    assert.match(error.message, /TypeError: oops\n +at /);
  });
});
