import { existsSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";

import { installationFolder } from "../installation.ts";
import { readAllowedVariables } from "./allowed-variables.ts";
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

/** Capabilities that are still to come. */
const STEP_CACHE = "the cache of steps and model answers (L158)";
const ERROR_EXPORT = "the export of errors to Sentry";
const METRIC_EXPORT = "the export of metrics by OTLP";

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
  const settings = assembleSettings(read, cwd);
  read.finish();
  checkWhole(read, settings);
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

/** Asks for every setting that there is; the reference is made from what this asks. */
export function assembleSettings(read: SettingsReader, cwd: string): Settings {
  const { environment, debug } = readKind(read);
  const server = readServer(read, cwd);
  const database = readDatabase(read);
  const { redis, cache } = readCache(read);
  reserveVariables(read);
  return {
    environment,
    debug,
    server,
    storage: readStorage(read, { cwd, hasDatabase: database !== undefined }),
    database,
    redis,
    cache,
    models: readModels(read),
    tools: readTools(read),
    retention: readRetention(read),
    logging: readLogging(read, { cwd, debug }),
    security: readSecurity(read, environment),
    monitoring: readMonitoring(read),
    services: readServices(read, server),
    warnings: read.warnings,
  };
}

function readKind(read: SettingsReader): Pick<Settings, "environment" | "debug"> {
  return {
    environment: read.text("environment", "development", {
      about: "What kind of installation this is; `production` has stricter defaults.",
      env: ["ORCHESTRATOR_ENV"],
    }),
    debug: read.boolean("debug", false, {
      about:
        "Logs at DEBUG at least, and shows callers on this machine why a call failed within. Refused in production.",
      env: ["ORCHESTRATOR_DEBUG"],
    }),
  };
}

function readServer(read: SettingsReader, cwd: string): ServerSettings {
  return {
    host: read.text("server.host", "127.0.0.1", {
      about: "Address that the gateway listens on. Elsewhere than on loopback it wants a key.",
      env: ["GATEWAY_HOST"],
    }),
    port: read.integer("server.port", 8_000, {
      about: "Port of the gateway, for every protocol.",
      env: ["GATEWAY_PORT"],
      min: 0,
      max: 65_535,
    }),
    workers: read.integer("server.workers", 1, {
      about:
        "Gateway processes that share its ports, each on a CPU of its own; one that dies is replaced. " +
        "More than one needs the gateway alone: `serve --services gateway`.",
      env: ["GATEWAY_WORKERS"],
      min: 1,
      max: 256,
    }),
    tls: readTls(read, cwd),
  };
}

function readStorage(
  read: SettingsReader,
  { cwd, hasDatabase }: { cwd: string; hasDatabase: boolean },
): StorageSettings {
  const backend = read.choice("storage.backend", hasDatabase ? "postgres" : "file", {
    about:
      "Where the data is: an embedded PostgreSQL in a folder, a PostgreSQL server, or an embedded one in memory.",
    defaultText: "postgres when there is a database.url, else file",
    among: { file: "file", postgres: "postgres", memory: "memory" },
  });
  if (backend === "postgres" && !hasDatabase) {
    read.problems.push("storage.backend postgres needs database.url or POSTGRES_URL");
  }
  const path = read.text("storage.path", "./dev_data", {
    about:
      "Folder of the embedded store, and of the private workspaces of runs with every backend.",
  });
  return { backend, path: resolve(cwd, path) };
}

function readDatabase(read: SettingsReader): DatabaseSettings | undefined {
  const url = read.secret("database.url", {
    about: "The PostgreSQL server, 15 or newer; several hosts may be named, the primary is found.",
    env: ["POSTGRES_URL"],
  });
  const poolSize = read.integer("database.pool_size", 10, {
    about: "Connections that a service keeps.",
    min: 1,
    max: 1_000,
  });
  const maxOverflow = read.integer("database.max_overflow", 10, {
    about: "Connections beyond pool_size, for bursts.",
    min: 0,
    max: 1_000,
  });
  if (url !== undefined && !/^postgres(ql)?:\/\//.test(url.reveal())) {
    read.problems.push("database.url must start with postgresql://");
  }
  return url === undefined ? undefined : { url, poolSize, maxOverflow };
}

function readCache(read: SettingsReader): Pick<Settings, "redis" | "cache"> {
  const url = read.secret("cache.url", {
    about:
      "The Redis that carries wake-ups between replicas; without one they go through the database.",
    env: ["REDIS_URL"],
  });
  const backend = read.choice("cache.backend", url === undefined ? "memory" : "redis", {
    about: "Where answers of models are cached.",
    defaultText: "redis when there is a cache.url, else memory",
    waitsFor: STEP_CACHE,
    among: { memory: "memory", redis: "redis" },
  });
  const ttlSeconds = read.integer("cache.ttl", 3_600, {
    about: "Seconds that an answer of a model may be given again.",
    waitsFor: STEP_CACHE,
    min: 0,
    max: 30 * 86_400,
  });
  return { redis: url === undefined ? undefined : { url }, cache: { backend, ttlSeconds } };
}

function readTools(read: SettingsReader): Settings["tools"] {
  const choice = read.choice("tools.host_processes", "refuse", {
    about:
      "Whether `terminal` and `python-executor` may run programs of the host, without a sandbox. Only for trusted pipelines.",
    among: { allow: "allow", refuse: "refuse" },
  });
  return { hostProcesses: choice === "allow", environment: readAllowedVariables(read) };
}

function readRetention(read: SettingsReader): Settings["retention"] {
  const finishedDays = read.integer("retention.finished_days", 30, {
    about:
      "Days that runs are kept after their end, with all that belongs to them, and calls in the ledger of models. " +
      "Runs that have not ended, or are in quarantine, stay.",
    min: 1,
    max: 36_500,
  });
  return { finishedDays };
}

function reserveVariables(read: SettingsReader): void {
  read.reserve("SENTRY_DSN", { about: "Where errors are reported.", waitsFor: ERROR_EXPORT });
  read.reserve("DATADOG_API_KEY", { about: "Key for exporting metrics.", waitsFor: METRIC_EXPORT });
}

function readLogging(
  read: SettingsReader,
  { cwd, debug }: { cwd: string; debug: boolean },
): LoggingSettings {
  const level = read.choice<LogLevel, LogLevel>("logging.level", "info", {
    about: "The least severe events that are logged.",
    env: ["ORCHESTRATOR_LOG_LEVEL"],
    among: LEVELS,
  });
  const format = read.choice("logging.format", "json", {
    about: "One JSON object a line, or lines for eyes.",
    among: { json: "json", detailed: "detailed" },
  });
  const kind = read.choice("logging.output", "stdout", {
    about: "Where logs go.",
    among: { stdout: "stdout", stderr: "stderr", file: "file", none: "none" },
  });
  const path = read.text("logging.file_path", undefined, {
    about: "The file, when `logging.output` is `file`.",
  });
  if (kind === "file" && path === undefined) {
    read.problems.push("logging.output file needs logging.file_path");
  }
  return {
    level: debug && level !== "trace" ? "debug" : level,
    format,
    output: kind === "file" ? { kind, path: resolve(cwd, path ?? "") } : { kind },
  };
}

function checkWhole(read: SettingsReader, { environment, debug }: Settings): void {
  if (environment === "production" && debug) {
    read.problems.push("debug must be false in production: it shows callers the causes of errors");
  }
}
