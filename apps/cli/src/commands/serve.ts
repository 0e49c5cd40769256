import { once } from "node:events";

import { startMesh } from "@orchestrator/mesh";
import {
  isWorker,
  listenForInterrupts,
  openTelemetry,
  readSettings,
  type ServiceName,
  type Settings,
  startWorkers,
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
  if (wantsWorkers(settings, chosen) && !isWorker()) {
    await using workers = await startWorkers(settings, service);
    interrupts.second.addEventListener("abort", () => workers.kill());
    if (io.stderr.isTerminal) {
      io.stderr.write(servingText({ gateway: { grpc: settings.server.port } }, settings));
    }
    return await untilInterrupted(interrupts.first);
  }
  await using telemetry = await openTelemetry(settings, { service });
  await using mesh = await startMesh({
    settings,
    telemetry,
    listen: "configured",
    services: chosen,
  });
  if (io.stderr.isTerminal) {
    io.stderr.write(servingText(mesh.ports, settings));
  }
  return await untilInterrupted(interrupts.first);
}

/** Where clients find what was started; the gateway by the address that they want, the others by their port. */
function servingText(
  ports: Readonly<Record<string, { readonly grpc?: number | undefined }>>,
  { server: { host, tls } }: Settings,
): string {
  const places = Object.entries(ports).map(([name, { grpc }]) =>
    name === "gateway"
      ? `${tls !== undefined ? "https" : "http"}://${host}:${grpc ?? ""}`
      : `${name} ${grpc ?? ""}`,
  );
  return `orchestrator serves: ${places.join(", ")}; Ctrl-C stops it\n`;
}

async function untilInterrupted(interrupt: AbortSignal): Promise<ExitCode> {
  if (!interrupt.aborted) {
    await once(interrupt, "abort");
  }
  return EXIT.ok;
}

/** Copies of a process share its ports; what else runs in it would run in every copy. */
function wantsWorkers({ server }: Settings, chosen: readonly ServiceName[]): boolean {
  if (server.workers === 1 || !chosen.includes("gateway")) {
    return false;
  }
  if (chosen.length > 1) {
    throw new CliError(
      `server.workers ${server.workers} needs the gateway in a process of its own: ` +
        "serve --services gateway, or set server.workers to 1 (GATEWAY_WORKERS=1)",
      EXIT.usage,
    );
  }
  return true;
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
