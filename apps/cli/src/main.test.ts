import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";

const DOCUMENT =
  "name: Hello\nsteps:\n  - { id: greet, action: echo, parameters: { message: Hi } }\n";
const MAIN = fileURLToPath(new URL("main.ts", import.meta.url));
const file = join(mkdtempSync(join(tmpdir(), "orchestrator-main-")), "hello.yaml");
writeFileSync(file, DOCUMENT);

/** Validates a document by the command, whose stdout is this, or a pipe that is closed at once. */
async function validateInto(stdout: number | "closed pipe") {
  const child = spawn(
    process.execPath,
    ["--conditions=source", "--import", import.meta.resolve("tsx"), MAIN, "validate", file],
    { stdio: ["ignore", stdout === "closed pipe" ? "pipe" : stdout, "pipe"] },
  );
  let stderr = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    stderr += chunk.toString("utf8");
  });
  child.stdout?.destroy();
  const [code]: (number | null)[] = await once(child, "close");
  return { code, stderr };
}

describe("the command's output", () => {
  it("may be left by its reader, who has had enough", async () => {
    assert.deepEqual(await validateInto("closed pipe"), { code: 0, stderr: "" });
  });

  it("fails in one line when it cannot be written", async () => {
    const full = openSync("/dev/full", "w");
    const { code, stderr } = await validateInto(full);
    closeSync(full);
    assert.equal(code, 1);
    assert.match(stderr, /^cannot write the output: ENOSPC.*\n$/);
  });
});
