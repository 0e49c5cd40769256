import { migrationStatus } from "@orchestrator/postgres";
import { openWakeups } from "@orchestrator/redis";
import { readSettings, type ServiceName, type Settings } from "@orchestrator/service";

import { EXIT, type ExitCode } from "../exit-code.ts";
import type { Io } from "../io.ts";
import { jsonText } from "../output/answer.ts";
import { table } from "../output/table.ts";
import { openDatabase, SCHEMAS } from "./migrate.ts";

type Finding = {
  readonly what: string;
  readonly status: "ok" | "warning" | "failed" | "off";
  readonly detail: string;
};

const LIMIT_MS = 5_000;
const MAX_SKEW_MS = 1_000;
const SERVICES: readonly ServiceName[] = ["gateway", "registry", "executor", "state"];

/** `doctor`: whether what the configuration names is there and works; exit 1 when something is not. */
export async function doctor(
  io: Io,
  { config, json = false }: { readonly config?: string; readonly json?: boolean },
): Promise<ExitCode> {
  const settings = readSettings({
    env: io.env,
    cwd: io.cwd,
    ...(config === undefined ? {} : { path: config }),
  });
  const findings = [
    ...(await examineDatabase(settings)),
    await examineRedis(settings),
    ...(await Promise.all(SERVICES.map((name) => examinePeer(settings, name)))),
    ...(await Promise.all(settings.models.providers.map(examineProvider))),
    ...(settings.models.providers.length === 0
      ? [
          found(
            "models",
            "off",
            "no provider is configured: set OPENAI_API_KEY, or models.providers in the configuration",
          ),
        ]
      : []),
  ];
  io.stdout.write(
    json
      ? `${jsonText(findings.map((finding) => ({ ...finding })))}\n`
      : table(
          ["WHAT", "STATUS", "DETAIL"],
          findings.map(({ what, status, detail }) => [what, status, detail]),
        ),
  );
  return findings.some(({ status }) => status === "failed") ? EXIT.runFailed : EXIT.ok;
}

async function examineDatabase(settings: Settings): Promise<Finding[]> {
  const what = settings.storage.backend === "postgres" ? "database" : "embedded store";
  try {
    await using database = await openDatabase(settings);
    const sentAtMs = Date.now();
    const [row] = await database.query({
      name: "doctor_clock",
      text: "select (extract(epoch from clock_timestamp()) * 1000)::float8, version()",
      row: ([ms, version]) => ({ ms: Number(ms), version: String(version) }),
    });
    const skewMs = Math.round((row?.ms ?? 0) - (sentAtMs + Date.now()) / 2);
    const due: string[] = [];
    for (const migrations of SCHEMAS) {
      const { pending } = await migrationStatus(database, migrations);
      due.push(...pending.map((name) => `${migrations.schema} ${name}`));
    }
    return [
      found(what, "ok", row?.version.split(" on ")[0] ?? ""),
      found(
        "clock",
        Math.abs(skewMs) > MAX_SKEW_MS ? "warning" : "ok",
        `differs by ${skewMs} ms from the database's`,
      ),
      due.length === 0
        ? found("migrations", "ok", "nothing is due")
        : found("migrations", "warning", `due: ${due.join(", ")}; run: orchestrator migrate up`),
    ];
  } catch (error) {
    return [found(what, "failed", reasonOf(error))];
  }
}

async function examineRedis({ redis }: Settings): Promise<Finding> {
  if (redis === undefined) {
    return found("redis", "off", "not configured; wake-ups go through the database");
  }
  try {
    await using wakeups = openWakeups({ url: redis.url.reveal() });
    await wakeups.ping();
    return found("redis", "ok", "answers");
  } catch (error) {
    return found("redis", "failed", reasonOf(error));
  }
}

async function examinePeer({ services }: Settings, name: ServiceName): Promise<Finding> {
  const { opsPort } = services[name];
  try {
    const response = await fetch(`http://127.0.0.1:${opsPort}/ready`, {
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    const body: { status: string } = JSON.parse(await response.text());
    return found(name, response.ok ? "ok" : "failed", `${body.status} on port ${opsPort}`);
  } catch {
    return found(name, "off", `nothing answers on port ${opsPort} of this machine`);
  }
}

async function examineProvider({
  name,
  baseUrl,
  apiKey,
}: Settings["models"]["providers"][number]): Promise<Finding> {
  const url = `${baseUrl ?? "https://api.openai.com/v1"}/models`;
  try {
    const response = await fetch(url, {
      headers: apiKey === undefined ? {} : { authorization: `Bearer ${apiKey.reveal()}` },
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    return response.ok
      ? found(`provider ${name}`, "ok", `answers at ${url}`)
      : found(`provider ${name}`, "failed", `answers ${response.status} at ${url}`);
  } catch (error) {
    return found(`provider ${name}`, "failed", `${url}: ${reasonOf(error)}`);
  }
}

function found(what: string, status: Finding["status"], detail: string): Finding {
  return { what, status, detail };
}

function reasonOf(error: unknown): string {
  const cause =
    error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : "";
  return `${error instanceof Error ? error.message : String(error)}${cause}`;
}
