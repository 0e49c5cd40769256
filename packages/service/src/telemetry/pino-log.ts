import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { stderr, stdout } from "node:process";

import { context, trace } from "@opentelemetry/api";
import { type DestinationStream, type Logger, pino } from "pino";

import type { LoggingSettings } from "../settings/settings.ts";
import type { Fields, Log } from "./log.ts";

export type LogOptions = {
  /** On each line. */
  readonly fields: Fields;
  /** Values that must not appear, whatever they are called. */
  readonly secrets: readonly string[];
};

/** A log, and how its last lines get out. */
export type OpenLog = Disposable & { readonly log: Log };

const MASK = "***";
/** Names under which secrets travel, one and two levels deep. */
const SECRET_NAMES = ["authorization", "apiKey", "api_key", "password", "secret", "token"];
const URL_PASSWORD = /(\b[a-z][\w+.-]*:\/\/[^\s:/@"]*):[^\s@/"]+@/gi;

/** Opens the log that the settings describe: one JSON object a line, or a line for eyes. */
export async function openPinoLog(
  settings: LoggingSettings,
  { fields, secrets }: LogOptions,
): Promise<OpenLog> {
  const destination = await openDestination(settings);
  const logger = pino(
    {
      level: settings.output.kind === "none" ? "silent" : settings.level,
      base: { ...fields },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: pino.stdSerializers.errWithCause },
      redact: { paths: SECRET_NAMES.flatMap((name) => [name, `*.${name}`]), censor: MASK },
      mixin: traceFields,
      hooks: { streamWrite: (line) => scrub(line, secrets) },
    },
    destination.stream,
  );
  return { log: logOf(logger), [Symbol.dispose]: destination.close };
}

function logOf(logger: Logger): Log {
  return {
    debug: (event, fields) => logger.debug(fields ?? {}, event),
    info: (event, fields) => logger.info(fields ?? {}, event),
    warn: (event, fields) => logger.warn(fields ?? {}, event),
    error: (event, fields) => logger.error(fields ?? {}, event),
    with: (fields) => logOf(logger.child({ ...fields })),
  };
}

/** Ties a line to the span that it was written in. */
function traceFields(): object {
  const span = trace.getSpanContext(context.active());
  return span === undefined ? {} : { trace_id: span.traceId, span_id: span.spanId };
}

function scrub(line: string, secrets: readonly string[]): string {
  const scrubbed = secrets.reduce((text, secret) => text.replaceAll(secret, MASK), line);
  return scrubbed.includes("://") ? scrubbed.replaceAll(URL_PASSWORD, `$1:${MASK}@`) : scrubbed;
}

type Destination = { readonly stream: DestinationStream; readonly close: () => void };

async function openDestination({ output, format }: LoggingSettings): Promise<Destination> {
  if (output.kind === "file") {
    mkdirSync(dirname(output.path), { recursive: true });
  }
  const dest = output.kind === "file" ? output.path : output.kind === "stderr" ? 2 : 1;
  const terminal = output.kind === "stderr" ? stderr : stdout;
  const raw = pino.destination({ dest, sync: true });
  // What rotates logs moves the file away and sends SIGHUP.
  const reopen = (): void => raw.reopen();
  if (output.kind === "file") {
    process.on("SIGHUP", reopen);
  }
  const close = (): void => {
    process.off("SIGHUP", reopen);
    raw.flushSync();
    if (output.kind === "file") {
      raw.end();
    }
  };
  if (format === "json" || output.kind === "none") {
    return { stream: raw, close };
  }
  const { default: pretty } = await import("pino-pretty");
  const stream = pretty({
    destination: raw,
    colorize: output.kind !== "file" && terminal.isTTY && terminal.hasColors(),
    translateTime: "HH:MM:ss.l",
    ignore: "version,service",
    singleLine: true,
    sync: true,
  });
  return { stream, close };
}
