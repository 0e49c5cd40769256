import { existsSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";

import { installationFolder } from "../installation.ts";
import { readModels } from "./models.ts";
import { readMonitoring } from "./monitoring.ts";
import { readSecurity } from "./security.ts";
import { readServices } from "./services.ts";
import { SettingsError } from "./settings-error.ts";
import { NO_FILE, parseSettingsFile, type SettingsFile } from "./settings-file.ts";
import { SettingsReader } from "./settings-reader.ts";
import type {
  DatabaseSettings,
  LoggingSettings,
  LogLevel,
  ServerSettings,
  Settings,
  StorageSettings,
} from "./settings.ts";
import { readTls } from "./tls.ts";

/** Where settings come from; later ones win: defaults < file < environment < flags. */
export type SettingsSource = {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Dotted keys, as in the file: `{ "server.port": "9000" }`. */
  readonly flags?: Readonly<Record<string, string>>;
  /** A file, in the place of the one that the environment names. */
  readonly path?: string;
  /** Where relative paths start; the current directory. */
  readonly cwd?: string;
};

/** Keys that are understood but change nothing yet. */
const WITHOUT_EFFECT = [
  "security.rate_limiting.enabled",
  "security.rate_limiting.requests_per_minute",
  "retention.finished_days",
];
/** Variables that are understood but change nothing yet. */
const VARIABLES_WITHOUT_EFFECT = ["SENTRY_DSN", "DATADOG_API_KEY"];
const LEVELS = {
  trace: "trace",
  debug: "debug",
  info: "info",
  warn: "warn",
  warning: "warn",
  error: "error",
  critical: "fatal",
  fatal: "fatal",
} as const satisfies Record<string, LogLevel>;

/** Reads the settings of a process, or throws a SettingsError that lists all that is wrong. */
export function readSettings(source: SettingsSource): Settings {
  const cwd = source.cwd ?? process.cwd();
  const read = new SettingsReader({
    file: openFile(source, cwd),
    env: source.env,
    flags: source.flags ?? {},
  });
  const settings = assemble(read, cwd);
  read.finish();
  warn(read, source.env);
  checkEnvironment(read, settings);
  if (read.problems.length > 0) {
    throw new SettingsError(read.problems);
  }
  return settings;
}

/** A file that somebody named must be there; the installation's own may be left out. */
function openFile({ env, path }: SettingsSource, cwd: string): SettingsFile {
  const named = path ?? (env["ORCHESTRATOR_CONFIG_PATH"] || undefined);
  const environment = env["ORCHESTRATOR_ENV"] || "development";
  const file =
    named === undefined
      ? join(installationFolder(), "config", `${environment}.yaml`)
      : resolve(cwd, named);
  if (named === undefined && !existsSync(file)) {
    return NO_FILE;
  }
  const shown = relative(cwd, file);
  const name = shown.startsWith("..") ? file : shown;
  try {
    return parseSettingsFile(readFileSync(file, "utf8"), { name, env });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { entries: new Map(), problems: [`${name}: ${reason}`] };
  }
}

function assemble(read: SettingsReader, cwd: string): Settings {
  const environment = read.text("environment", "development", { env: ["ORCHESTRATOR_ENV"] });
  const debug = read.boolean("debug", false, { env: ["ORCHESTRATOR_DEBUG"] });
  const server = readServer(read, cwd);
  const database = readDatabase(read);
  const redisUrl = read.secret("cache.url", { env: ["REDIS_URL"] });
  return {
    environment,
    debug,
    server,
    storage: readStorage(read, { cwd, hasDatabase: database !== undefined }),
    database,
    redis: redisUrl === undefined ? undefined : { url: redisUrl },
    cache: {
      backend: read.choice("cache.backend", redisUrl === undefined ? "memory" : "redis", {
        among: { memory: "memory", redis: "redis" },
      }),
      ttlSeconds: read.integer("cache.ttl", 3_600, { min: 0, max: 30 * 86_400 }),
    },
    models: readModels(read),
    tools: {
      hostProcesses:
        read.choice("tools.host_processes", "refuse", {
          among: { allow: "allow", refuse: "refuse" },
        }) === "allow",
    },
    retention: {
      finishedDays: read.integer("retention.finished_days", 30, { min: 1, max: 36_500 }),
    },
    logging: readLogging(read, { cwd, debug }),
    security: readSecurity(read, environment),
    monitoring: readMonitoring(read),
    services: readServices(read, server),
    warnings: read.warnings,
  };
}

function readServer(read: SettingsReader, cwd: string): ServerSettings {
  return {
    host: read.text("server.host", "127.0.0.1", { env: ["GATEWAY_HOST"] }),
    port: read.integer("server.port", 8_000, { env: ["GATEWAY_PORT"], min: 0, max: 65_535 }),
    workers: read.integer("server.workers", 1, { min: 1, max: 256 }),
    tls: readTls(read, cwd),
  };
}

function readStorage(
  read: SettingsReader,
  { cwd, hasDatabase }: { cwd: string; hasDatabase: boolean },
): StorageSettings {
  const backend = read.choice("storage.backend", hasDatabase ? "postgres" : "file", {
    among: { file: "file", postgres: "postgres", memory: "memory" },
  });
  if (backend === "postgres" && !hasDatabase) {
    read.problems.push("storage.backend postgres needs database.url or POSTGRES_URL");
  }
  return { backend, path: resolve(cwd, read.text("storage.path", "./dev_data")) };
}

function readDatabase(read: SettingsReader): DatabaseSettings | undefined {
  const url = read.secret("database.url", { env: ["POSTGRES_URL"] });
  const poolSize = read.integer("database.pool_size", 10, { min: 1, max: 1_000 });
  const maxOverflow = read.integer("database.max_overflow", 10, { min: 0, max: 1_000 });
  if (url !== undefined && !/^postgres(ql)?:\/\//.test(url.reveal())) {
    read.problems.push("database.url must start with postgresql://");
  }
  return url === undefined ? undefined : { url, poolSize, maxOverflow };
}

function readLogging(
  read: SettingsReader,
  { cwd, debug }: { cwd: string; debug: boolean },
): LoggingSettings {
  const level = read.choice<LogLevel, LogLevel>("logging.level", "info", {
    env: ["ORCHESTRATOR_LOG_LEVEL"],
    among: LEVELS,
  });
  const format = read.choice("logging.format", "json", {
    among: { json: "json", detailed: "detailed" },
  });
  const kind = read.choice("logging.output", "stdout", {
    among: { stdout: "stdout", stderr: "stderr", file: "file", none: "none" },
  });
  const path = read.text("logging.file_path", undefined);
  if (kind === "file" && path === undefined) {
    read.problems.push("logging.output file needs logging.file_path");
  }
  return {
    level: debug && level !== "trace" ? "debug" : level,
    format,
    output: kind === "file" ? { kind, path: resolve(cwd, path ?? "") } : { kind },
  };
}

function checkEnvironment(read: SettingsReader, { environment, debug }: Settings): void {
  if (environment === "production" && debug) {
    read.problems.push("debug must be false in production: it shows callers the causes of errors");
  }
}

function warn(read: SettingsReader, env: SettingsSource["env"]): void {
  for (const key of WITHOUT_EFFECT) {
    if (read.isGiven(key)) {
      read.warnings.push(`${key} has no effect yet`);
    }
  }
  for (const name of VARIABLES_WITHOUT_EFFECT) {
    if ((env[name] ?? "") !== "") {
      read.warnings.push(`${name} has no effect yet`);
    }
  }
  if (read.integer("server.workers", 1, { min: 1, max: 256 }) > 1) {
    read.warnings.push("server.workers has no effect yet: one gateway process serves the port");
  }
}
