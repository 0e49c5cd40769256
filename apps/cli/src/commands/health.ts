import type { ServiceName } from "@orchestrator/service";

import { CliError } from "../cli-error.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import type { Io } from "../io.ts";
import { readiness } from "../output/readiness.ts";
import { settingsOf } from "./config.ts";

const SERVICES: readonly ServiceName[] = ["gateway", "registry", "executor", "state"];

/** `health`: whether a service of this machine is ready, as its ops port says; exit 0 or 1, for container health checks. */
export async function health(
  io: Io,
  { service = "gateway", json = false }: { readonly service?: string; readonly json?: boolean },
): Promise<ExitCode> {
  const name = SERVICES.find((candidate) => candidate === service);
  if (name === undefined) {
    throw new CliError(`no service ${service}; there are ${SERVICES.join(", ")}`, EXIT.usage);
  }
  const { isReady, status, body } = await readiness(settingsOf(io, {}).services[name]);
  const word = isReady ? "ready" : `not ready: ${status}`;
  io.stdout.write(json ? `${JSON.stringify(body, null, 2)}\n` : `${name} is ${word}\n`);
  return isReady ? EXIT.ok : EXIT.runFailed;
}
