import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

import { type Client, createClient, type Transport } from "@connectrpc/connect";
import type { Mesh } from "@orchestrator/mesh";
import { OperationsService } from "@orchestrator/proto/v1/operations_pb";
import { PipelineService } from "@orchestrator/proto/v1/pipeline_pb";
import { RunService } from "@orchestrator/proto/v1/run_pb";

import { CliError } from "./cli-error.ts";
import { EXIT } from "./exit-code.ts";
import type { Io } from "./io.ts";

/** Which mesh a command speaks to; the flags of every command that calls the API. */
export type Target = {
  readonly url?: string;
  readonly apiKeyFile?: string;
  readonly caFile?: string;
  readonly config?: string;
  readonly ephemeral?: boolean;
};

/** A mesh that answers: elsewhere, or embedded in this process. */
export type Connection = AsyncDisposable & {
  /** For messages: the URL, or the folder of the store. */
  readonly name: string;
  readonly pipelines: Client<typeof PipelineService>;
  readonly runs: Client<typeof RunService>;
  readonly operations: Client<typeof OperationsService>;
  /** Set when the mesh is embedded. */
  readonly mesh: Mesh | undefined;
};

/** Reach the mesh that the flags or ORCHESTRATOR_URL name, or embed one on the store of this folder. */
export async function connect(io: Io, target: Target): Promise<Connection> {
  const url = urlOf(io, target);
  return url === undefined ? embedded(io, target) : remote(io, { ...target, url });
}

/** The URL of the mesh to speak to; undefined for an embedded one. */
export function urlOf({ env }: Io, { url }: Target): string | undefined {
  return url ?? (env["ORCHESTRATOR_URL"] || undefined);
}

async function remote(
  io: Io,
  { url, apiKeyFile, caFile }: Target & { url: string },
): Promise<Connection> {
  const { connectMesh } = await import("@orchestrator/client/node");
  const apiKey =
    apiKeyFile === undefined
      ? io.env["ORCHESTRATOR_API_KEY"]
      : readText(io, { path: apiKeyFile, what: "API key" }).trim();
  const connection = connectMesh({
    url: checkedUrl(url),
    ...(apiKey ? { apiKey } : {}),
    ...(caFile === undefined ? {} : { ca: readText(io, { path: caFile, what: "CA" }) }),
  });
  return {
    name: url,
    pipelines: connection.pipelines,
    runs: connection.runs,
    operations: connection.operations,
    mesh: undefined,
    async [Symbol.asyncDispose]() {
      connection[Symbol.dispose]();
    },
  };
}

async function embedded(io: Io, target: Target): Promise<Connection> {
  const [{ startMesh }, { openTelemetry, SettingsError }] = await Promise.all([
    import("@orchestrator/mesh"),
    import("@orchestrator/service"),
  ]);
  const settings = await embeddedSettings(io, target);
  const telemetry = await openTelemetry(settings, { service: "cli" });
  try {
    const mesh = await startMesh({
      settings,
      telemetry,
      listen: "nothing",
      executor: { takesAny: false, workspace: io.cwd },
    });
    return {
      name: settings.storage.path,
      ...clientsOf(mesh.transport),
      mesh,
      async [Symbol.asyncDispose]() {
        await mesh[Symbol.asyncDispose]();
        await telemetry[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await telemetry[Symbol.asyncDispose]();
    throw error instanceof SettingsError
      ? new CliError(error.message, EXIT.usage, { cause: error })
      : error;
  }
}

/** An embedded mesh keeps its logs beside its store, never on stdout or stderr. */
async function embeddedSettings(io: Io, { config, ephemeral = false }: Target) {
  const { readSettings, SettingsError } = await import("@orchestrator/service");
  const source = { env: io.env, cwd: io.cwd, ...(config === undefined ? {} : { path: config }) };
  try {
    const { storage } = readSettings(source);
    const logs = ephemeral
      ? { "storage.backend": "memory", "logging.output": "none" }
      : { "logging.output": "file", "logging.file_path": join(storage.path, "logs", "cli.log") };
    return readSettings({ ...source, flags: { "logging.format": "json", ...logs } });
  } catch (error) {
    throw error instanceof SettingsError
      ? new CliError(error.message, EXIT.usage, { cause: error })
      : error;
  }
}

function clientsOf(transport: Transport) {
  return {
    pipelines: createClient(PipelineService, transport),
    runs: createClient(RunService, transport),
    operations: createClient(OperationsService, transport),
  };
}

function checkedUrl(url: string): string {
  if (!/^https?:\/\/[^/]+\/?$/.test(url)) {
    throw new CliError(`--url must be like http://host:8000, got "${url}"`, EXIT.usage);
  }
  return url;
}

function readText({ cwd }: Io, { path, what }: { path: string; what: string }): string {
  try {
    return readFileSync(resolve(cwd, path), "utf8");
  } catch (error) {
    throw new CliError(`cannot read the ${what} in ${path}: ${String(error)}`, EXIT.usage, {
      cause: error,
    });
  }
}
