import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { inspect } from "node:util";

import { installationFolder } from "../installation.ts";
import { readSettings, type SettingsSource } from "./read-settings.ts";
import { SettingsError } from "./settings-error.ts";

const folder = mkdtempSync(join(tmpdir(), "settings-"));
after(() => rmSync(folder, { recursive: true }));

function read(yaml: string, source: Partial<SettingsSource> = {}) {
  writeFileSync(join(folder, "settings.yaml"), yaml);
  return readSettings({ env: {}, path: "settings.yaml", cwd: folder, ...source });
}

function problems(yaml: string, source: Partial<SettingsSource> = {}): readonly string[] {
  try {
    read(yaml, source);
  } catch (error) {
    assert.ok(error instanceof SettingsError, String(error));
    return error.problems;
  }
  return assert.fail("nothing was refused");
}

describe("readSettings", () => {
  it("reads the guide's development file", () => {
    const settings = read(
      `
environment: development
debug: true
storage:
  backend: "file"
  path: "./dev_data"
models:
  default_provider: "openai"
  openai:
    api_key: "\${OPENAI_API_KEY}"
logging:
  level: "DEBUG"
  format: "detailed"
cache:
  backend: "memory"
  ttl: 300
`,
      { env: { OPENAI_API_KEY: "sk-1" } },
    );
    assert.equal(settings.storage.path, join(folder, "dev_data"));
    assert.equal(settings.logging.level, "debug");
    assert.equal(settings.cache.ttlSeconds, 300);
    const [provider] = settings.models.providers;
    assert.deepEqual(
      [provider?.name, provider?.kind, provider?.apiKey?.reveal()],
      ["openai", "openai", "sk-1"],
    );
    assert.equal(settings.security.keysRequired, false);
    assert.equal(settings.security.reflection, "open");
  });

  it("reads the installation's production file", () => {
    const settings = readSettings({
      env: {
        ORCHESTRATOR_ENV: "production",
        POSTGRES_URL: "postgresql://u:p@db/orchestrator",
        REDIS_URL: "redis://cache",
        ANTHROPIC_API_KEY: "sk-2",
        ORCHESTRATOR_API_KEY: "key",
      },
    });
    assert.equal(settings.storage.backend, "postgres");
    assert.equal(settings.database?.poolSize, 20);
    assert.equal(settings.security.keysRequired, true);
    assert.equal(settings.security.reflection, "authenticated");
    assert.deepEqual(
      settings.models.providers.map(({ name, rateLimit }) => [name, rateLimit]),
      [["anthropic", 50]],
    );
    assert.equal(settings.services.gateway.host, "0.0.0.0");
    assert.equal(settings.monitoring.tracing.otlpEndpoint, "http://jaeger:4318");
  });

  it("reads the guide's production file, and says what of it has no effect", () => {
    const settings = read(
      `
environment: production
debug: false
server: { host: "0.0.0.0", port: 8000, workers: 4 }
database: { url: "\${POSTGRES_URL}", pool_size: 20, max_overflow: 30 }
cache: { backend: "redis", url: "\${REDIS_URL}", ttl: 3600 }
models:
  registry: { health_check_interval: 300, max_retries: 3 }
  providers:
    openai: { api_key: "\${OPENAI_API_KEY}", rate_limit: 100 }
logging: { level: "INFO", format: "json", output: "file", file_path: "/var/log/o/app.log" }
security:
  api_key_required: true
  rate_limiting: { enabled: true, requests_per_minute: 1000 }
  cors: { enabled: true, allowed_origins: ["https://app.example.com"] }
monitoring:
  metrics: { enabled: true, endpoint: "/metrics" }
  health_checks: { enabled: true, endpoint: "/health" }
  tracing: { enabled: true, jaeger_endpoint: "http://jaeger:14268" }
`,
      { env: { POSTGRES_URL: "postgres://db/o", REDIS_URL: "redis://r" } },
    );
    assert.equal(settings.monitoring.tracing.otlpEndpoint, "http://jaeger:4318");
    assert.deepEqual(settings.models.providers, [], "a provider without a key is not configured");
    assert.match(settings.warnings.join("\n"), /14268.*retired/);
    assert.match(settings.warnings.join("\n"), /cache\.ttl has no effect yet: it waits for/);
    assert.equal(settings.warnings.length, 3, "backend and ttl of the cache, and Jaeger's port");
  });

  it("prefers flags to the environment, that to the file, and that to defaults", () => {
    const yaml = "server: { port: 1 }";
    assert.equal(read("").server.port, 8_000);
    assert.equal(read(yaml).server.port, 1);
    assert.equal(read(yaml, { env: { GATEWAY_PORT: "2" } }).server.port, 2);
    const both = { env: { GATEWAY_PORT: "2" }, flags: { "server.port": "3" } };
    assert.equal(read(yaml, both).server.port, 3);
    assert.equal(read(yaml, { env: { GATEWAY_PORT: "" } }).server.port, 1, "empty is not given");
  });

  it("names every problem at once, each with its line", () => {
    assert.deepEqual(
      problems(
        `server:
  port: many
  hots: localhost
models:
  registy:
    max_retries: 3
logging: { level: loud, output: file }
`,
        { env: { STATE_PORT: "70000" }, flags: { "storage.pth": "x" } },
      ),
      [
        'settings.yaml:2: server.port must be an integer from 0 to 65535, got "many"',
        'settings.yaml:7: logging.level must be one of trace, debug, info, warn, warning, error, critical, fatal, got "loud"',
        "logging.output file needs logging.file_path",
        'STATE_PORT: services.state.port must be an integer from 0 to 65535, got "70000"',
        "settings.yaml:3: server.hots is not a setting; did you mean server.host?",
        "settings.yaml:6: models.registy.max_retries is not a setting; did you mean models.registry.max_retries?",
        "flags: storage.pth is not a setting; did you mean storage.path?",
      ],
    );
  });

  it("refuses a mistyped key though its value is empty, or nothing but a variable that is not set", () => {
    const yaml = `
databse: { url: "\${POSTGRES_URL}" }
server: { prot: }
securty: {}
`;
    assert.deepEqual(problems(yaml), [
      "settings.yaml:2: databse.url is not a setting; did you mean database.url?",
      "settings.yaml:3: server.prot is not a setting; did you mean server.port?",
      "settings.yaml:4: securty is not a setting",
    ]);
  });

  it("takes an empty section, and an empty value for one that is not given", () => {
    const { server, database, models } = read(`
server:
database: { url: "\${POSTGRES_URL}" }
cache: {}
models:
  providers: { mine: }
  openai: { api_key: "\${OPENAI_API_KEY}" }
  aliases: { fast: "" }
`);
    assert.deepEqual([server.port, database, models.providers], [8_000, undefined, []]);
    assert.deepEqual(models.aliases, {});
  });

  it("reads what an alias of YAML stands for, and ends where one stands for itself", () => {
    const { server, services } = read(`
server: { port: &port 9000, host: &host localhost }
services: { state: &state { host: *host, port: *port }, registry: *state }
`);
    assert.deepEqual([server.port, services.registry.port], [9_000, 9_000]);
    assert.equal(services.registry.host, "localhost");
    assert.match(problems("server: &a { tls: *a }\n")[0] ?? "", /^settings\.yaml:1: .*nested/);
  });

  it("substitutes variables in values, never in structure", () => {
    const yaml = `
environment: "\${NAME:-staging}"
storage: { path: "/data/\${TENANT}/$$x" }
`;
    const settings = read(yaml, { env: { TENANT: "a}\nserver: {port: 1" } });
    assert.equal(settings.environment, "staging");
    assert.equal(settings.storage.path, "/data/a}\nserver: {port: 1/$x");
    assert.deepEqual(problems('database: { url: "${URL:?name the database}" }'), [
      "settings.yaml:1: URL is not set: name the database",
    ]);
  });

  it("chooses the storage by whether there is a database", () => {
    assert.equal(read("").storage.backend, "file");
    assert.equal(read('database: { url: "postgres://h/d" }').storage.backend, "postgres");
    assert.deepEqual(problems("storage: { backend: postgres }"), [
      "storage.backend postgres needs database.url or POSTGRES_URL",
    ]);
  });

  it("refuses to debug in production, and logs at DEBUG where it debugs", () => {
    assert.match(problems("environment: production\ndebug: true")[0] ?? "", /debug must be false/);
    assert.equal(read("debug: true\nlogging: { level: ERROR }").logging.level, "debug");
  });

  it("reads a secret from the file that its variable names, and never shows it", () => {
    writeFileSync(join(folder, "key"), "s3cret\n");
    const env = { ORCHESTRATOR_API_KEY_FILE: join(folder, "key") };
    const { security } = read("", { env });
    assert.equal(security.bootstrapKey?.reveal(), "s3cret");
    assert.equal(/s3cret/.test(inspect(security) + JSON.stringify(security)), false);
    const lost = problems("", { env: { POSTGRES_URL_FILE: "/nowhere" } });
    assert.match(lost[0] ?? "", /^POSTGRES_URL_FILE: ENOENT/);
  });

  it("refuses a secret that is empty or no text, for everybody would have it", () => {
    writeFileSync(join(folder, "empty"), " \n");
    for (const name of ["ORCHESTRATOR_API_KEY", "ORCHESTRATOR_MESH_SECRET"]) {
      const env = { [`${name}_FILE`]: join(folder, "empty") };
      assert.deepEqual(problems("", { env }), [`${name}_FILE: ${join(folder, "empty")} is empty`]);
    }
    assert.deepEqual(problems("security: { api_key: [s3cret, other] }"), [
      "settings.yaml:1: security.api_key must be a text",
    ]);
  });

  it("takes no name and password in an address that is shown", () => {
    const yaml = "models: { providers: { mine: { base_url: 'https://me:s3cret@host/v1' } } }";
    assert.deepEqual(problems(yaml), [
      "models.providers.mine.base_url must not hold a user name or a password; give the key as api_key",
    ]);
  });

  it("takes cipher suites by either name, and wants the files of TLS to be usable", () => {
    read(tlsYaml("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305"));
    read(tlsYaml("ECDHE-RSA-AES128-GCM-SHA256, TLS_AES_256_GCM_SHA384"));
    assert.match(
      problems(tlsYaml("TLS_RSA_WITH_RC4_128_SHA"))[0] ?? "",
      /RC4.* is not a cipher suite/,
    );
    assert.match(problems("server: { tls: { enabled: true } }")[0] ?? "", /needs .*cert_file/);
    const files = "{ enabled: true, cert_file: a.crt, key_file: a.key }";
    assert.match(problems(`server: { tls: ${files} }`)[0] ?? "", /cannot be used: ENOENT/);
  });

  it("reads what is known of models, and refuses facts that are none", () => {
    const facts = "{ name: m, context: 8000, capabilities: [tools], input_usd_per_mtok: 0.5 }";
    const { models } = read(providerYaml(facts));
    assert.equal(models.providers[0]?.models[0]?.context, 8_000);
    assert.deepEqual(models.aliases, { fast: "mine/m" });
    assert.match(problems(providerYaml("{ name: m, contxt: 1 }"))[0] ?? "", /contxt is not a fact/);
    assert.match(problems(providerYaml("{ context: 1 }"))[0] ?? "", /mapping with a name/);
  });

  it("wants a file that somebody named to be there", () => {
    assert.match(problems("", { path: "absent.yaml" })[0] ?? "", /^absent.yaml: ENOENT/);
    readSettings({ env: { ORCHESTRATOR_ENV: "of_which_there_is_no_file" }, cwd: folder });
    assert.ok(installationFolder().length > 1);
  });
});

function tlsYaml(suites: string): string {
  return `server: { tls: { cipher_suites: [${suites}] } }`;
}

function providerYaml(model: string): string {
  return `
models:
  default: mine/m
  aliases: { fast: mine/m }
  providers:
    mine: { kind: openai, base_url: "http://127.0.0.1:1/v1", models: [${model}] }
`;
}
