import type { ModelFacts, ProviderSettings, Settings } from "@orchestrator/service";

import { expertiseOf, type Model } from "./model.ts";

/** What a registry is told, beside how its process listens and logs. */
export type Config = {
  /** For the process kit: ports, logs, traces. */
  readonly settings: Settings;
  /** The default one first. */
  readonly providers: readonly ProviderConfig[];
  readonly models: readonly Model[];
  readonly aliases: ReadonlyMap<string, string>;
  readonly defaultModel: string | undefined;
  /** Upper bound of the attempts of one call, retries and fallbacks together. */
  readonly maxAttempts: number;
  /** How often providers that do not have their models listed are asked for them. */
  readonly refreshMs: number;
  readonly retentionDays: number;
  /** How long a silent registry is taken to live. */
  readonly leaseMs: number;
};

/** One provider of the OpenAI dialect. */
export type ProviderConfig = {
  readonly name: string;
  readonly baseUrl: string;
  readonly apiKey: string | undefined;
  readonly requestsPerMinute: number | undefined;
};

/** Picks from a process's settings what a registry needs. */
export function configFromSettings(settings: Settings): Config {
  const { models, retention } = settings;
  const providers = defaultFirst(models.providers, models.defaultProvider);
  return {
    settings,
    providers: providers.map((provider) => providerConfig(provider)),
    models: providers.flatMap((provider) =>
      provider.models.map((facts) => modelFromFacts(provider.name, facts)),
    ),
    aliases: new Map(Object.entries(models.aliases)),
    defaultModel: models.default,
    maxAttempts: Math.max(1, models.maxRetries),
    refreshMs: models.healthCheckIntervalSeconds * 1_000,
    retentionDays: retention.finishedDays,
    leaseMs: 6_000,
  };
}

/** Where each kind of provider serves the OpenAI dialect. */
const BASE_URLS: Readonly<Record<ProviderSettings["kind"], string>> = {
  openai: "https://api.openai.com/v1",
  anthropic: "https://api.anthropic.com/v1",
  google: "https://generativelanguage.googleapis.com/v1beta/openai",
  ollama: "http://127.0.0.1:11434/v1",
};

function defaultFirst(
  providers: readonly ProviderSettings[],
  defaultProvider: string | undefined,
): readonly ProviderSettings[] {
  const isDefault = ({ name }: ProviderSettings): boolean => name === defaultProvider;
  return [
    ...providers.filter((provider) => isDefault(provider)),
    ...providers.filter((provider) => !isDefault(provider)),
  ];
}

function providerConfig(provider: ProviderSettings): ProviderConfig {
  const { name, kind, apiKey, baseUrl, rateLimit } = provider;
  return {
    name,
    baseUrl: dialectUrl(baseUrl ?? BASE_URLS[kind], kind),
    apiKey: apiKey?.reveal(),
    requestsPerMinute: rateLimit,
  };
}

/** Ollama is configured by its root (OLLAMA_BASE_URL), and serves the dialect under `/v1`. */
function dialectUrl(baseUrl: string, kind: ProviderSettings["kind"]): string {
  const url = new URL(baseUrl);
  return kind === "ollama" && url.pathname === "/" ? new URL("/v1", url).href : url.href;
}

function modelFromFacts(provider: string, facts: ModelFacts): Model {
  const words = facts.expertise ?? [];
  const levels = words.flatMap((word) => expertiseOf(word) ?? []);
  const { inputUsdPerMtok: input, outputUsdPerMtok: output } = facts;
  return {
    name: facts.name,
    provider,
    capabilities: facts.capabilities === undefined ? undefined : withText(facts.capabilities),
    contextTokens: facts.context,
    expertise: levels[0],
    domains: words.filter((word) => expertiseOf(word) === undefined),
    size: facts.size === undefined ? undefined : billions(facts.size),
    accuracy: facts.accuracy,
    latencyMs: facts.latencyMs,
    tokensPerSecond: facts.tokensPerSecond,
    price:
      input === undefined || output === undefined
        ? undefined
        : { inputNanoPerMtok: nano(input), outputNanoPerMtok: nano(output) },
  };
}

/** Whatever else a model can do, it generates text, unless it embeds. */
function withText(capabilities: readonly string[]): readonly string[] {
  return capabilities.includes("text") || capabilities.includes("embed")
    ? capabilities
    : ["text", ...capabilities];
}

function nano(usd: number): number {
  return Math.round(usd * 1e9);
}

/** How many of each unit make a billion. */
const UNITS: Readonly<Record<string, number>> = { K: 1e6, M: 1e3, B: 1, T: 1e-3 };

/** `7B` is 7, `350M` 0.35, a bare number is billions. */
function billions(size: string): number | undefined {
  const match = /^([\d.]+)\s*([KMBT])?$/i.exec(size.trim());
  if (match === null) return undefined;
  return Number(match[1]) / (UNITS[(match[2] ?? "B").toUpperCase()] ?? 1);
}
