import { once } from "node:events";

import { startMesh } from "@orchestrator/mesh";
import {
  listenForInterrupts,
  openTelemetry,
  readSettings,
  type ServiceName,
} from "@orchestrator/service";

import { CliError } from "../cli-error.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import type { Io } from "../io.ts";

const SERVICES: readonly ServiceName[] = ["gateway", "registry", "executor", "state"];

/** `serve`: the mesh, or some of its services, until SIGINT or SIGTERM; a second one does not wait for what goes on. */
export async function serve(
  io: Io,
  { services = "all", config }: { readonly services?: string; readonly config?: string },
): Promise<ExitCode> {
  using interrupts = listenForInterrupts();
  interrupts.second.addEventListener("abort", () => io.leaveSoon(EXIT.interrupted));
  const chosen = chosenServices(services);
  const path = config === undefined ? {} : { path: config };
  const settings = readSettings({ env: io.env, cwd: io.cwd, ...path });
  const service = `orchestrator-${chosen.length === 1 ? chosen[0] : "mesh"}`;
  await using telemetry = await openTelemetry(settings, { service });
  await using mesh = await startMesh({
    settings,
    telemetry,
    listen: "configured",
    services: chosen,
  });
  if (io.stderr.isTerminal) {
    const ports = Object.entries(mesh.ports).map(([name, { grpc }]) => `${name} ${grpc ?? ""}`);
    io.stderr.write(`orchestrator serves: ${ports.join(", ")}; Ctrl-C stops it\n`);
  }
  if (!interrupts.first.aborted) {
    await once(interrupts.first, "abort");
  }
  return EXIT.ok;
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
