import { once } from "node:events";

import { startMesh } from "@orchestrator/mesh";
import {
  listenForInterrupts,
  openTelemetry,
  readSettings,
  type ServiceName,
  SettingsError,
} from "@orchestrator/service";

import { CliError } from "../cli-error.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import type { Io } from "../io.ts";

const SERVICES: readonly ServiceName[] = ["gateway", "registry", "executor", "state"];

/** `serve`: the mesh, or some of its services, until SIGINT or SIGTERM; a second one ends the process at once. */
export async function serve(
  io: Io,
  { services = "all", config }: { readonly services?: string; readonly config?: string },
): Promise<ExitCode> {
  using interrupts = listenForInterrupts();
  interrupts.second.addEventListener("abort", () => process.exit(EXIT.interrupted));
  const chosen = chosenServices(services);
  const settings = settingsOf(io, config);
  const telemetry = await openTelemetry(settings, {
    service: chosen.length === 1 ? services : "mesh",
  });
  try {
    await using mesh = await startMesh({
      settings,
      telemetry,
      listen: "configured",
      services: chosen,
    });
    const ports = Object.entries(mesh.ports).map(([name, { grpc }]) => `${name} ${grpc ?? ""}`);
    if (io.stderr.isTerminal) {
      io.stderr.write(`orchestrator serves: ${ports.join(", ")}; Ctrl-C stops it\n`);
    }
    if (!interrupts.first.aborted) {
      await once(interrupts.first, "abort");
    }
    return EXIT.ok;
  } finally {
    await telemetry[Symbol.asyncDispose]();
  }
}

function chosenServices(list: string): readonly ServiceName[] {
  if (list === "all") {
    return SERVICES;
  }
  const words = list.split(",").map((word) => word.trim());
  const unknown = words.filter((word) => !SERVICES.some((name) => name === word));
  if (unknown.length > 0) {
    throw new CliError(
      `no service ${unknown.join(", ")}; there are all, ${SERVICES.join(", ")}`,
      EXIT.usage,
    );
  }
  return SERVICES.filter((name) => words.includes(name));
}

function settingsOf(io: Io, path: string | undefined) {
  try {
    return readSettings({ env: io.env, cwd: io.cwd, ...(path === undefined ? {} : { path }) });
  } catch (error) {
    throw error instanceof SettingsError
      ? new CliError(error.message, EXIT.usage, { cause: error })
      : error;
  }
}
