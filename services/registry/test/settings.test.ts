// What the settings of models do to a registry that is started with them.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

import { createClient } from "@connectrpc/connect";
import { type TestDatabase, testDatabases } from "@orchestrator/postgres/testing";
import { RegistryService } from "@orchestrator/proto/registry/v1/registry_pb";
import { type Reply, startScriptedModels } from "@orchestrator/scripted-models";
import { readSettings } from "@orchestrator/service";

import { configFromSettings, MIGRATIONS, startRegistry } from "../src/start.ts";
import { callOf, callOnce } from "./harness.ts";

const BROKEN: Reply = { status: 500, message: "no" };

describe("a registry with settings of models", () => {
  const folder = mkdtempSync(join(tmpdir(), "registry-settings-"));
  let store: TestDatabase;
  before(async () => {
    const [driver] = testDatabases();
    assert.ok(driver);
    store = await driver.open([MIGRATIONS]);
  });
  after(async () => {
    await store[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  /** A registry that reads `models` of a settings file. */
  async function open(models: string, env: Readonly<Record<string, string>> = {}) {
    writeFileSync(join(folder, "settings.yaml"), `logging: {output: none}\nmodels:\n${models}`);
    const settings = readSettings({ env, path: "settings.yaml", cwd: folder });
    const server = await startRegistry(configFromSettings(settings), {
      database: store.db,
      listen: "nothing",
      random: () => 0,
    });
    const client = createClient(RegistryService, server.transport);
    return {
      client,
      call: (id: string, names: string[] = []) =>
        callOnce(client, callOf(id, { choice: { names } })),
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  }

  it("calls a provider at its base_url with its api_key, from both places and from variables", async () => {
    await using models = await startScriptedModels({ apiKey: "the-key", models: ["m"] });
    const access = `{base_url: "${models.url}", api_key: the-key}`;
    const ways = [
      { yaml: `  providers: {mine: ${access}}\n`, provider: "mine" },
      { yaml: `  mine: ${access}\n`, provider: "mine" },
      {
        yaml: "  default_provider: openai\n",
        env: { OPENAI_BASE_URL: models.url, OPENAI_API_KEY: "the-key" },
        provider: "openai",
      },
    ];
    for (const [index, { yaml, env, provider }] of ways.entries()) {
      await using registry = await open(yaml, env);
      const ended = await registry.call(`access-${index}`, ["m"]);
      assert.ok(ended.kind === "answer", ended.kind === "failure" ? ended.failure.message : "");
      assert.equal(ended.answer.provider, provider);
    }
    await using stranger = await open(`  mine: {base_url: "${models.url}", api_key: wrong}\n`);
    const refused = await stranger.call("access-wrong", ["m"]);
    assert.equal(refused.kind === "failure" && refused.failure.code, "AUTHENTICATION");
  });

  it("asks the default model where a call names none, and knows models by their aliases", async () => {
    await using models = await startScriptedModels({ models: ["small", "large"] });
    await using registry = await open(`  default: mine/large
  aliases: {fast: mine/small}
  providers:
    mine: {kind: openai, base_url: "${models.url}", models: [{name: small}, {name: large}]}
`);
    const named = async (id: string, names?: string[]) => {
      const ended = await registry.call(id, names);
      return ended.kind === "answer" ? ended.answer.model : ended.failure.message;
    };
    assert.equal(await named("default"), "large");
    assert.equal(await named("alias", ["fast"]), "small");
  });

  it("prefers the default_provider where two serve a model of one name", async () => {
    await using models = await startScriptedModels({ models: ["m"] });
    const both = ["one", "two"].map(
      (name) => `    ${name}: {base_url: "${models.url}", models: [{name: m}]}`,
    );
    for (const name of ["one", "two"]) {
      await using registry = await open(
        `  default_provider: ${name}\n  providers:\n${both.join("\n")}\n`,
      );
      const ended = await registry.call(`preferred-${name}`, ["m"]);
      assert.equal(ended.kind === "answer" && ended.answer.provider, name);
    }
  });

  it("makes as many attempts of a call as max_retries says", async () => {
    for (const attempts of [1, 2]) {
      await using models = await startScriptedModels({ script: [{ reply: BROKEN }] });
      await using registry = await open(`  registry: {max_retries: ${attempts}}
  providers: {mine: {base_url: "${models.url}", models: [{name: m}]}}
`);
      const ended = await registry.call(`attempts-${attempts}`, ["m"]);
      assert.equal(ended.kind, "failure");
      assert.equal(models.requests.length, attempts);
    }
  });

  it("looks for new models of a provider every health_check_interval", async () => {
    const served = ["old"];
    await using models = await startScriptedModels({ models: served });
    await using registry = await open(`  registry: {health_check_interval: 1}
  providers: {mine: {base_url: "${models.url}"}}
`);
    const listed = async () => {
      const { models: known } = await registry.client.listModels({});
      return known.map(({ name }) => name);
    };
    assert.deepEqual(await listed(), ["old"]);
    served.push("new");
    assert.deepEqual(await listed(), ["old"], "not before its time");
    const looked = Date.now();
    while (!(await listed()).includes("new")) {
      assert.ok(Date.now() - looked < 20_000);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  });
});
