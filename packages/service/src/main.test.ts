import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { describe, it } from "node:test";

function start(how: string): ChildProcess {
  return fork(new URL("./main.fixture.ts", import.meta.url), [how], { silent: true });
}

async function opened({ stdout }: ChildProcess): Promise<void> {
  assert.ok(stdout);
  await once(stdout, "data");
}

describe("main", () => {
  it("disposes of what it started and ends with 0, when it is told to stop", async () => {
    const child = start("well");
    await opened(child);
    child.kill("SIGTERM");
    assert.ok(child.stdout);
    const said = text(child.stdout);
    assert.deepEqual(await once(child, "exit"), [0, null]);
    assert.equal(await said, "closed\n");
  });

  it("says what is wrong with its settings, and ends with 1", async () => {
    const child = start("wrong");
    assert.ok(child.stderr);
    const said = text(child.stderr);
    assert.deepEqual(await once(child, "exit"), [1, null]);
    assert.equal(await said, "invalid configuration:\n- server.port must be an integer\n");
  });

  it("ends at once at a second signal", async () => {
    const child = start("slow");
    await opened(child);
    child.kill("SIGTERM");
    // Signals that come together are one; the second is sent until it was heard.
    const again = setInterval(() => child.kill("SIGTERM"), 100);
    const [code] = await once(child, "exit");
    clearInterval(again);
    assert.equal(code, 130);
  });
});
