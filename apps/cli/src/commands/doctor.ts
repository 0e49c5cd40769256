import type { ServiceName, ServiceSettings } from "@orchestrator/service";

import { examineCertificate } from "../doctor/certificate.ts";
import { examineDatabase } from "../doctor/database.ts";
import { type Finding, found, reasonOf } from "../doctor/finding.ts";
import { examineProviders } from "../doctor/providers.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import type { Io } from "../io.ts";
import { jsonText } from "../output/answer.ts";
import { readiness } from "../output/readiness.ts";
import { table } from "../output/table.ts";
import { settingsOf } from "./config.ts";

const SERVICES: readonly ServiceName[] = ["gateway", "registry", "executor", "state"];

/** `doctor`: whether what the configuration names is there and works; exit 1 when something is not. */
export async function doctor(
  io: Io,
  options: { readonly config?: string; readonly json?: boolean },
): Promise<ExitCode> {
  const settings = settingsOf(io, options);
  const findings = [
    ...(await examineDatabase(settings)),
    await examineRedis(settings.redis?.url.reveal()),
    ...(await Promise.all(SERVICES.map((name) => examinePeer(name, settings.services[name])))),
    examineCertificate(settings.server.tls),
    ...(await examineProviders(settings.models.providers)),
  ];
  io.stdout.write(
    options.json === true
      ? `${jsonText(findings.map((finding) => Object.fromEntries(Object.entries(finding))))}\n`
      : table(
          ["WHAT", "STATUS", "DETAIL"],
          findings.map(({ what, status, detail }) => [what, status, detail]),
        ),
  );
  return findings.some(({ status }) => status === "failed") ? EXIT.runFailed : EXIT.ok;
}

async function examineRedis(url: string | undefined): Promise<Finding> {
  if (url === undefined) {
    return found("redis", "off", "not configured; wake-ups go through the database");
  }
  const { openWakeups } = await import("@orchestrator/redis");
  try {
    await using wakeups = await openWakeups({ url });
    await wakeups.ping();
    return found("redis", "ok", "answers");
  } catch (error) {
    return found("redis", "failed", reasonOf(error));
  }
}

async function examinePeer(
  name: ServiceName,
  { opsHost, opsPort }: ServiceSettings,
): Promise<Finding> {
  const { answers, isReady, status } = await readiness({ opsHost, opsPort });
  if (!answers) {
    return found(name, "off", `nothing answers on port ${opsPort} of this machine`);
  }
  return found(name, isReady ? "ok" : "failed", `${status} on port ${opsPort}`);
}
