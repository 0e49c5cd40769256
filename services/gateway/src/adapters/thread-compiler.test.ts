import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { RpcError } from "@orchestrator/rpc";

import { ThreadCompiler } from "./thread-compiler.ts";

const DOCUMENT = "id: a\nname: A\nsteps: [{ id: a, action: control_flow }]\n";

describe("the compiler's thread", () => {
  it("compiles as the compiler does, and the same text once", async () => {
    await using compiler = new ThreadCompiler();
    const options = { bundle: [], signal: new AbortController().signal };
    const first = await compiler.compile(DOCUMENT, options);
    assert.equal(first.kind, "compiled");
    assert.equal(await compiler.compile(DOCUMENT, options), first);
    const refused = await compiler.compile("id: a\n", options);
    assert.equal(refused.kind, "refused");
  });

  it("lets who waits go when he leaves, and compiles for whoever asks next", async () => {
    await using compiler = new ThreadCompiler();
    const leaving = new AbortController();
    const waiting = compiler.compile(DOCUMENT, { bundle: [], signal: leaving.signal });
    leaving.abort(new Error("left"));
    await assert.rejects(waiting, /left/);
    const next = await compiler.compile(DOCUMENT, {
      bundle: [],
      signal: new AbortController().signal,
    });
    assert.equal(next.kind, "compiled");
  });

  it("refuses documents when too many wait", async () => {
    await using compiler = new ThreadCompiler();
    const signal = new AbortController().signal;
    const outcomes = await Promise.allSettled(
      Array.from({ length: 300 }, (_, i) =>
        compiler.compile(`${DOCUMENT}# ${i}\n`, { bundle: [], signal }),
      ),
    );
    const refused = outcomes.filter(({ status }) => status === "rejected");
    assert.equal(refused.length, 300 - 256);
    const [first] = refused;
    assert.ok(first?.status === "rejected" && first.reason instanceof RpcError);
    assert.equal(first.reason.reason, "COMPILER_BUSY");
  });
});
