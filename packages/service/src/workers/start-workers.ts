import type { Settings } from "../settings/settings.ts";
import { openTelemetry } from "../telemetry/telemetry.ts";
import { openWorkers, type Workers } from "./open-workers.ts";

/** Starts as many copies of this process as the settings say, and what this one needs to look after them. */
export async function startWorkers(settings: Settings, service: string): Promise<Workers> {
  const telemetry = await openTelemetry(settings, { service });
  try {
    const { log } = telemetry;
    const { workers: count } = settings.server;
    const hearHangUp = settings.logging.output.kind === "file";
    const workers = await openWorkers({ count, log, hearHangUp });
    log.info("workers_open", { workers: count });
    return {
      kill: () => workers.kill(),
      async [Symbol.asyncDispose]() {
        await workers[Symbol.asyncDispose]();
        await telemetry[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await telemetry[Symbol.asyncDispose]();
    throw error;
  }
}
