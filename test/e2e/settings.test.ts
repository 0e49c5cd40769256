// What settings do that only a whole mesh shows: where it keeps its data, and what its steps may run.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";

import type { Statement } from "@orchestrator/postgres";
import { testDatabases } from "@orchestrator/postgres/testing";

import { until } from "../harness/cli-process.ts";
import { runToEnd } from "../harness/run-to-end.ts";
import { startTestMesh, type TestMesh } from "../harness/test-mesh.ts";
import { documentNamed } from "./documents.ts";

const RUNS: Statement<number> = {
  name: "settings_runs",
  text: "select count(*) from state.run",
  row: ([count]) => Number(count),
};
const TERMINAL = `id: host
name: A program of the host
steps:
  - {id: only, tool: terminal, action: execute, parameters: {command: "true"}}
`;

describe("storage", () => {
  const folder = mkdtempSync(join(tmpdir(), "orchestrator-settings-"));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("with backend file keeps runs under its path from one process to the next", async () => {
    const path = join(folder, "kept");
    const config = { storage: { backend: "file", path } };
    const runIds = { first: "" };
    {
      await using mesh = await startTestMesh({ config });
      runIds.first = (await runToEnd(mesh, { source: documentNamed("greet") })).runId;
    }
    assert.ok(existsSync(join(path, "store", "data")));
    await using again = await startTestMesh({ config });
    assert.deepEqual(await runsOf(again), [runIds.first]);
  });

  it("with backend memory keeps nothing", async () => {
    const path = join(folder, "forgotten");
    await using mesh = await startTestMesh({ config: { storage: { backend: "memory", path } } });
    await runToEnd(mesh, { source: documentNamed("greet") });
    assert.equal((await runsOf(mesh)).length, 1);
    assert.equal(existsSync(join(path, "store")), false);
  });

  for (const driver of testDatabases().filter(({ name }) => name === "PostgreSQL")) {
    it("is the server of database.url where there is one, and no other backend is named", async () => {
      await using database = await driver.open([]);
      const path = join(folder, "workspaces");
      const config = { storage: { path }, database: { url: database.url } };
      await using mesh = await startTestMesh({ config });
      await runToEnd(mesh, { source: documentNamed("greet") });
      assert.deepEqual(await database.db.query(RUNS), [1]);
      assert.equal(existsSync(join(path, "store")), false);
    });
  }
});

describe("tools.host_processes", () => {
  it("lets steps run programs of the host, or has their runs wait for an executor that does", async () => {
    const allowing = { tools: { host_processes: "allow" } };
    await using mesh = await startTestMesh({ config: allowing });
    const { document } = await runToEnd(mesh, { source: TERMINAL });
    assert.equal(document.status, "completed");
    const refusing = { tools: { host_processes: "refuse" } };
    await using other = await startTestMesh({ config: refusing });
    const { run } = await other.runs.createRun({
      what: { case: "source", value: TERMINAL },
      requestId: randomUUID(),
    });
    await until("the reason why it waits", async () => {
      const now = await other.runs.getRun({ runId: run?.runId ?? "" });
      return now.run?.waitingReason === "no connected executor offers tool:terminal";
    });
  });
});

async function runsOf({ runs }: TestMesh): Promise<readonly (string | undefined)[]> {
  return (await runs.listRuns({})).runs.map(({ runId }) => runId);
}
