import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";

import { createClient } from "@connectrpc/connect";
import { freePort, testDatabases } from "@orchestrator/postgres/testing";
import { RegistryService } from "@orchestrator/proto/registry/v1/registry_pb";
import { openGrpcTransport } from "@orchestrator/rpc-node";
import { startScriptedModels } from "@orchestrator/scripted-models";

import { MIGRATIONS } from "../src/start.ts";
import { callOf, callOnce, ledgerRows, openRegistry, until } from "./harness.ts";

const CALL = callOf("killed", { choice: { names: ["openai/scripted"] }, timeoutMs: 20_000 });

describe("The registry's process", () => {
  for (const driver of testDatabases().filter(({ name }) => name === "PostgreSQL")) {
    it("pays at most once more when it is killed within a call, and has both tries in its ledger", async () => {
      await using store = await driver.open([MIGRATIONS]);
      await using models = await startScriptedModels({
        script: [{ times: 1, reply: { fault: "hang" } }],
      });
      const { child, port } = await startProcess({
        POSTGRES_URL: store.url ?? "",
        ...envOf(models.url),
      });
      using transport = openGrpcTransport(`127.0.0.1:${port}`);
      const client = createClient(RegistryService, transport);
      await until(() => isServing(client));
      const lost = assert.rejects(callOnce(client, CALL));
      await until(() => models.requests.length === 1);
      child.kill("SIGKILL");
      await lost;
      // The lease runs out at once.
      await store.db.script("update registry.session set expires_at = now()");
      await using other = await openRegistry({
        database: store.db,
        models: [],
        providers: [
          { name: "openai", baseUrl: models.url, apiKey: "key", requestsPerMinute: undefined },
        ],
      });
      const ended = await other.call(CALL);
      assert.equal(ended.kind, "answer");
      assert.deepEqual(
        (await ledgerRows(store.db, "killed")).map(({ status }) => status),
        ["in_doubt", "answered"],
      );
    });

    it("ends with code 0 on SIGTERM, its session ended", async () => {
      await using store = await driver.open([MIGRATIONS]);
      await using models = await startScriptedModels();
      const { child, port } = await startProcess({
        POSTGRES_URL: store.url ?? "",
        ...envOf(models.url),
      });
      using transport = openGrpcTransport(`127.0.0.1:${port}`);
      const client = createClient(RegistryService, transport);
      await until(() => isServing(client));
      const exited = once(child, "exit");
      child.kill("SIGTERM");
      assert.deepEqual(await exited, [0, null]);
      const alive = await store.db.query({
        name: "test_alive_sessions",
        text: "select 1 from registry.session where expires_at > clock_timestamp()",
        row: () => true,
      });
      assert.deepEqual(alive, []);
    });
  }

  it("says what to set when it has no database of its own to reach", async () => {
    const { child, errors } = await startProcess({});
    const [code] = await once(child, "exit");
    assert.equal(code, 1);
    assert.match(errors(), /database\.url, or POSTGRES_URL/);
  });
});

type Started = {
  readonly child: ChildProcess;
  readonly port: number;
  readonly errors: () => string;
};

async function startProcess(env: Record<string, string>): Promise<Started> {
  const port = await freePort();
  const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));
  const child = spawn(process.execPath, ["--conditions=source", "--import", "tsx", main], {
    env: {
      // oxlint-disable-next-line node/no-process-env -- a child needs the path of its programs
      PATH: process.env["PATH"] ?? "",
      REGISTRY_PORT: String(port),
      REGISTRY_OPS_PORT: String(await freePort()),
      ...env,
    },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let text = "";
  child.stderr?.on("data", (part: Buffer) => {
    text += part.toString();
  });
  return { child, port, errors: () => text };
}

function envOf(url: string): Record<string, string> {
  return { OPENAI_API_KEY: "key", OPENAI_BASE_URL: url };
}

async function isServing(client: ReturnType<typeof createClient<typeof RegistryService>>) {
  try {
    await client.listModels({});
    return true;
  } catch {
    return false; // It is still starting.
  }
}
