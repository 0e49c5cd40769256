import { readSettings, type ServiceName } from "@orchestrator/service";

import { CliError } from "../cli-error.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import type { Io } from "../io.ts";

const SERVICES: readonly ServiceName[] = ["gateway", "registry", "executor", "state"];
const LIMIT_MS = 5_000;

/** `health`: whether a service of this machine is ready, as its ops port says; exit 0 or 1, for container health checks. */
export async function health(
  io: Io,
  { service = "gateway", json = false }: { readonly service?: string; readonly json?: boolean },
): Promise<ExitCode> {
  const name = SERVICES.find((candidate) => candidate === service);
  if (name === undefined) {
    throw new CliError(`no service ${service}; there are ${SERVICES.join(", ")}`, EXIT.usage);
  }
  const { opsPort } = readSettings({ env: io.env, cwd: io.cwd }).services[name];
  const { isReady, body } = await ready(opsPort);
  io.stdout.write(
    json
      ? `${JSON.stringify(body)}\n`
      : `${name} is ${isReady ? "ready" : `not ready: ${body.status}`}\n`,
  );
  return isReady ? EXIT.ok : EXIT.runFailed;
}

async function ready(opsPort: number): Promise<{ isReady: boolean; body: { status: string } }> {
  try {
    const response = await fetch(`http://127.0.0.1:${opsPort}/ready`, {
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    const body: { status: string } = JSON.parse(await response.text());
    return { isReady: response.ok, body };
  } catch (error) {
    return {
      isReady: false,
      body: { status: `nothing answers on port ${opsPort} (${String(error)})` },
    };
  }
}
