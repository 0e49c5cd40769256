import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

import { createOrchestrator, type Orchestrator } from "@orchestrator/client";
import type { Mesh } from "@orchestrator/mesh";

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
export type Connection = AsyncDisposable &
  Orchestrator & {
    /** For messages: the URL, or the folder of the store. */
    readonly name: string;
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
  { url, apiKeyFile, caFile, config, ephemeral }: Target & { url: string },
): Promise<Connection> {
  if (config !== undefined || ephemeral === true) {
    const flag = config === undefined ? "--ephemeral" : "--config";
    throw new CliError(`${flag} is for a mesh in this process, not for ${url}`, EXIT.usage);
  }
  const { openNodeTransport } = await import("@orchestrator/client/node");
  const apiKey =
    apiKeyFile === undefined
      ? io.env["ORCHESTRATOR_API_KEY"]
      : readText(io, { path: apiKeyFile, what: "API key" }).trim();
  const transport = openNodeTransport({
    url: checkedUrl(url),
    ...(apiKey ? { apiKey } : {}),
    ...(caFile === undefined ? {} : { ca: readText(io, { path: caFile, what: "CA" }) }),
  });
  return {
    name: url,
    ...createOrchestrator(transport),
    mesh: undefined,
    async [Symbol.asyncDispose]() {
      transport[Symbol.dispose]();
    },
  };
}

async function embedded(io: Io, target: Target): Promise<Connection> {
  if (target.apiKeyFile !== undefined || target.caFile !== undefined) {
    const flag = target.apiKeyFile === undefined ? "--ca-file" : "--api-key-file";
    throw new CliError(`${flag} needs --url: a mesh in this process asks for none`, EXIT.usage);
  }
  const [{ startMesh }, { openTelemetry }] = await Promise.all([
    import("@orchestrator/mesh"),
    import("@orchestrator/service"),
  ]);
  const settings = await embeddedSettings(io, target);
  const telemetry = await openTelemetry(settings, { service: "orchestrator-cli" });
  try {
    const own = { workspace: io.cwd };
    const mesh = await startMesh({ settings, telemetry, listen: "nothing", own });
    return {
      name: settings.storage.path,
      ...createOrchestrator(mesh.transport),
      mesh,
      async [Symbol.asyncDispose]() {
        await mesh[Symbol.asyncDispose]();
        await telemetry[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await telemetry[Symbol.asyncDispose]();
    throw error;
  }
}

/** An embedded mesh keeps its logs beside its store, never on stdout or stderr. */
async function embeddedSettings(io: Io, { config, ephemeral = false }: Target) {
  const { readSettings } = await import("@orchestrator/service");
  const source = { env: io.env, cwd: io.cwd, ...(config === undefined ? {} : { path: config }) };
  const { storage } = readSettings(source);
  const logs = ephemeral
    ? { "storage.backend": "memory", "logging.output": "none" }
    : { "logging.output": "file", "logging.file_path": join(storage.path, "logs", "cli.log") };
  return readSettings({ ...source, flags: { "logging.format": "json", ...logs } });
}

function checkedUrl(url: string): string {
  if (!/^https?:\/\/[^/]+\/?$/.test(url)) {
    throw new CliError(`--url must be like http://host:8000, got "${url}"`, EXIT.usage);
  }
  return url.replace(/\/$/, "");
}

function readText({ cwd }: Io, { path, what }: { path: string; what: string }): string {
  try {
    return readFileSync(resolve(cwd, path), "utf8");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CliError(`cannot read the ${what} in ${path}: ${reason}`, EXIT.usage, {
      cause: error,
    });
  }
}
