import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { readSettings, Secret } from "@orchestrator/service";

import { configFromSettings } from "./config.ts";

const SETTINGS = readSettings({ env: {}, flags: {} });

describe("configFromSettings", () => {
  it("puts the default provider first, whatever the order of the file", () => {
    const config = configFromSettings({
      ...SETTINGS,
      models: {
        ...SETTINGS.models,
        defaultProvider: "second",
        providers: [
          { ...PROVIDER, name: "first", models: [{ name: "a" }] },
          { ...PROVIDER, name: "second", models: [{ name: "b" }] },
        ],
      },
    });
    assert.deepEqual(
      config.providers.map(({ name }) => name),
      ["second", "first"],
    );
    assert.deepEqual(
      config.models.map(({ name }) => name),
      ["b", "a"],
    );
  });

  it("knows where each kind of provider serves the dialect", () => {
    assert.equal(urlOf("openai"), "https://api.openai.com/v1");
    assert.equal(urlOf("openai", "http://127.0.0.1:9/v1"), "http://127.0.0.1:9/v1");
    assert.equal(urlOf("ollama", "http://gpu:11434"), "http://gpu:11434/v1");
  });

  it("reads a model's facts: sizes in billions, prices in nano-dollars, levels apart from domains", () => {
    const facts = {
      name: "m",
      context: 8_192,
      capabilities: ["code"],
      expertise: ["high", "law"],
      size: "350M",
      accuracy: 0.9,
      inputUsdPerMtok: 0.15,
      outputUsdPerMtok: 0.6,
      latencyMs: 120,
      tokensPerSecond: 80,
    };
    const config = configFromSettings({
      ...SETTINGS,
      models: { ...SETTINGS.models, providers: [{ ...PROVIDER, models: [facts] }] },
    });
    assert.deepEqual(config.models, [
      {
        name: "m",
        provider: "p",
        capabilities: ["text", "code"],
        contextTokens: 8_192,
        expertise: "high",
        domains: ["law"],
        size: 0.35,
        accuracy: 0.9,
        price: { inputNanoPerMtok: 150_000_000, outputNanoPerMtok: 600_000_000 },
        latencyMs: 120,
        tokensPerSecond: 80,
      },
    ]);
  });

  it("takes max_retries for the bound of attempts, of which there is always one", () => {
    const models = { ...SETTINGS.models, maxRetries: 0 };
    assert.equal(configFromSettings({ ...SETTINGS, models }).maxAttempts, 1);
  });
});

const PROVIDER = {
  name: "p",
  kind: "openai",
  apiKey: new Secret("key"),
  baseUrl: undefined,
  rateLimit: undefined,
  models: [],
} as const;

function urlOf(kind: "openai" | "ollama", baseUrl?: string): string | undefined {
  const providers = [{ ...PROVIDER, kind, baseUrl }];
  return configFromSettings({ ...SETTINGS, models: { ...SETTINGS.models, providers } }).providers[0]
    ?.baseUrl;
}
