// Every setting has a test that shows what it does, or a capability that it waits for. This table says which.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";

import { installationFolder } from "../installation.ts";
import { settingDefinitions } from "./configuration-reference.ts";

const READING = "packages/service/src/settings/read-settings.test.ts";
const KIT = "packages/service/src/settings/server-effects.test.ts";
const SERVICE = "packages/service/src/open-service.test.ts";
const LOG = "packages/service/src/telemetry/pino-log.test.ts";
const MODELS = "services/registry/test/settings.test.ts";
const MODEL_CONFIG = "services/registry/src/config.test.ts";
const MESH = "test/e2e/settings.test.ts";
const LIMITS = "test/e2e/limits.test.ts";

const PLACES = "listen where host, port, ops_host and ops_port say, and are found by address";
const ACCESS =
  "calls a provider at its base_url with its api_key, from both places and from variables";
const TLS = "speaks TLS with the certificate and the key of tls, and nothing in the clear";
const SPANS =
  "sends spans to tracing.otlp_endpoint before tracing.jaeger_endpoint, as many as sample_ratio says";
const PACED = "is waited for within the patience of the call, and at once refused beyond";
const OVER_LIMIT =
  "refuses a key beyond its calls of the minute, over every protocol, and says when there are more";
const POOL = "are pool_size, and max_overflow more while there is work for them";

type Shown = { readonly file: string; readonly test: string };

const EFFECTS: Readonly<Record<string, Shown>> = {
  environment: {
    file: READING,
    test: "refuses to debug in production, and logs at DEBUG where it debugs",
  },
  debug: {
    file: KIT,
    test: "shows callers of this machine why a call failed, and nobody without it",
  },
  "server.host": { file: KIT, test: "listens where host and port say, and nowhere else" },
  "server.port": { file: KIT, test: "listens where host and port say, and nowhere else" },
  "server.workers": {
    file: "test/processes/workers.test.ts",
    test: "is as many processes as that, which share its ports",
  },
  "server.tls.enabled": { file: KIT, test: TLS },
  "server.tls.cert_file": { file: KIT, test: TLS },
  "server.tls.key_file": { file: KIT, test: TLS },
  "server.tls.min_version": {
    file: KIT,
    test: "refuses who speaks an older TLS than tls.min_version",
  },
  "server.tls.cipher_suites": {
    file: KIT,
    test: "agrees on the suites of tls.cipher_suites only, in their order",
  },
  "database.url": {
    file: MESH,
    test: "is the server of database.url where there is one, and no other backend is named",
  },
  "database.pool_size": { file: "packages/postgres/test/pool.test.ts", test: POOL },
  "database.max_overflow": { file: "packages/postgres/test/pool.test.ts", test: POOL },
  "cache.url": {
    file: LIMITS,
    test: "counts the calls of a key at all gateways of one Redis together",
  },
  "storage.backend": { file: MESH, test: "with backend memory keeps nothing" },
  "storage.path": {
    file: MESH,
    test: "with backend file keeps runs under its path from one process to the next",
  },
  "models.default_provider": {
    file: MODELS,
    test: "prefers the default_provider where two serve a model of one name",
  },
  ...eachOf(["openai", "anthropic", "google"], (name) => ({
    [`models.providers.${name}.api_key`]: { file: MODELS, test: ACCESS },
  })),
  ...eachOf(["openai", "anthropic", "google", "ollama"], (name) => ({
    [`models.providers.${name}.base_url`]: { file: MODELS, test: ACCESS },
  })),
  ...eachOf(["models", "models.providers"], (place) => ({
    [`${place}.<name>.api_key`]: { file: MODELS, test: ACCESS },
    [`${place}.<name>.base_url`]: { file: MODELS, test: ACCESS },
    [`${place}.<name>.rate_limit`]: {
      file: "services/registry/src/provider-gates.test.ts",
      test: PACED,
    },
  })),
  "models.providers.<name>.kind": {
    file: MODEL_CONFIG,
    test: "knows where each kind of provider serves the dialect",
  },
  "models.providers.<name>.models": {
    file: MODEL_CONFIG,
    test: "reads a model's facts: sizes in billions, prices in nano-dollars, levels apart from domains",
  },
  ...eachOf(["models.default", "models.aliases.<name>"], (key) => ({
    [key]: {
      file: MODELS,
      test: "asks the default model where a call names none, and knows models by their aliases",
    },
  })),
  "models.registry.health_check_interval": {
    file: MODELS,
    test: "looks for new models of a provider every health_check_interval",
  },
  "models.registry.max_retries": {
    file: MODELS,
    test: "makes as many attempts of a call as max_retries says",
  },
  "tools.host_processes": {
    file: MESH,
    test: "lets steps run programs of the host, or has their runs wait for an executor that does",
  },
  "tools.environment": {
    file: "packages/service/src/settings/allowed-variables.test.ts",
    test: "are those that tools.environment names, as far as they are set",
  },
  "retention.finished_days": {
    file: "services/state/test/retention.test.ts",
    test: "lasts as long as retention.finished_days says",
  },
  "logging.level": {
    file: LOG,
    test: "has what is as severe as logging.level, and nothing less",
  },
  "logging.format": {
    file: LOG,
    test: "has one JSON object a line, or lines for eyes, as logging.format says",
  },
  "logging.output": { file: LOG, test: "goes where logging.output and logging.file_path say" },
  "logging.file_path": { file: LOG, test: "goes where logging.output and logging.file_path say" },
  ...eachOf(["security.api_key", "security.api_key_required"], (key) => ({
    [key]: {
      file: KIT,
      test: "lets nobody in without the key where api_key_required is set, and wants there to be one",
    },
  })),
  "security.secret_key": {
    file: KIT,
    test: "takes the key, whatever secret_key it is hashed with",
  },
  "security.mesh_secret": {
    file: SERVICE,
    test: "answers members of the mesh, over a port and within the process, and nobody else",
  },
  "security.reflection": { file: SERVICE, test: "reflects for whom the settings say" },
  "security.rate_limiting.enabled": { file: LIMITS, test: OVER_LIMIT },
  "security.rate_limiting.requests_per_minute": { file: LIMITS, test: OVER_LIMIT },
  ...eachOf(["enabled", "allowed_origins"], (key) => ({
    [`security.cors.${key}`]: {
      file: KIT,
      test: "lets pages of cors.allowed_origins read answers, if cors.enabled is set",
    },
  })),
  ...eachOf(["enabled", "endpoint"], (key) => ({
    [`monitoring.metrics.${key}`]: {
      file: KIT,
      test: "serves metrics at metrics.endpoint, and none where metrics.enabled is false",
    },
    [`monitoring.health_checks.${key}`]: {
      file: KIT,
      test: "tells its health at health_checks.endpoint, and not where health_checks.enabled is false",
    },
  })),
  ...eachOf(["enabled", "jaeger_endpoint", "otlp_endpoint", "sample_ratio"], (key) => ({
    [`monitoring.tracing.${key}`]: { file: KIT, test: SPANS },
  })),
  ...eachOf(["ops_host", "ops_port", "address"], (key) => ({
    [`services.gateway.${key}`]: { file: KIT, test: "have the gateway's ops port and address too" },
  })),
  ...eachOf(["registry", "executor", "state"], (name) =>
    eachOf(["host", "port", "ops_host", "ops_port", "address"], (key) => ({
      [`services.${name}.${key}`]: { file: KIT, test: PLACES },
    })),
  ),
};

describe("settings", () => {
  const definitions = settingDefinitions();

  it("each have a test that shows what they do, or a capability that they wait for", () => {
    const shown = definitions.filter(({ waitsFor }) => waitsFor === undefined);
    assert.deepEqual(
      new Set(Object.keys(EFFECTS)),
      new Set(shown.map(({ key, env }) => key ?? env.join())),
    );
    for (const { key, env, waitsFor } of definitions.filter((each) => !shown.includes(each))) {
      assert.match(waitsFor ?? "", /^the /, key ?? env.join());
    }
  });

  it("have their tests where the table says", () => {
    for (const [key, { file, test }] of Object.entries(EFFECTS)) {
      const text = readFileSync(join(installationFolder(), file), "utf8");
      assert.ok(text.includes(`it(${JSON.stringify(test)}, `), `${key}: ${file} has no "${test}"`);
    }
  });
});

function eachOf(
  names: readonly string[],
  effects: (name: string) => Readonly<Record<string, Shown>>,
): Readonly<Record<string, Shown>> {
  return Object.fromEntries(names.flatMap((name) => Object.entries(effects(name))));
}
