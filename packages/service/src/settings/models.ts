import type { SettingsReader } from "./settings-reader.ts";
import type { ModelFacts, ModelSettings, ProviderSettings } from "./settings.ts";

type Kind = ProviderSettings["kind"];

const KINDS = {
  openai: "openai",
  anthropic: "anthropic",
  google: "google",
  ollama: "ollama",
} as const satisfies Record<Kind, Kind>;
/** Providers that variables alone can configure, and where their key and address are. */
const VARIABLES: Readonly<Record<Kind, { key: readonly string[]; baseUrl: readonly string[] }>> = {
  openai: { key: ["OPENAI_API_KEY"], baseUrl: ["OPENAI_BASE_URL"] },
  anthropic: { key: ["ANTHROPIC_API_KEY"], baseUrl: ["ANTHROPIC_BASE_URL"] },
  google: { key: ["GOOGLE_API_KEY"], baseUrl: ["GOOGLE_BASE_URL"] },
  ollama: { key: [], baseUrl: ["OLLAMA_BASE_URL"] },
};
const OWN_KEYS: ReadonlySet<string> = new Set([
  "default_provider",
  "default",
  "registry",
  "providers",
  "aliases",
]);

/** Reads `models`. */
export function readModels(read: SettingsReader): ModelSettings {
  const defaultProvider = read.text("models.default_provider", undefined, {
    about: "The provider that is looked at first.",
  });
  const providers = providerNames(read).flatMap((name) => readProvider(read, name));
  return {
    defaultProvider,
    default: read.text("models.default", undefined, {
      about: "The model of steps that name none: `<provider>/<model>`.",
      defaultText: "the registry chooses",
    }),
    healthCheckIntervalSeconds: read.integer("models.registry.health_check_interval", 300, {
      about: "Seconds between two looks at a provider's list of models.",
      min: 1,
      max: 86_400,
    }),
    maxRetries: read.integer("models.registry.max_retries", 3, {
      about: "Most attempts of one model call, over all retries and fallbacks.",
      min: 0,
      max: 20,
    }),
    providers,
    aliases: Object.fromEntries(
      read
        .leavesUnder("models.aliases")
        .map((name) => [name, read.text(`models.aliases.${name}`, "", ALIAS)])
        .filter(([, target]) => target !== ""),
    ),
  };
}

const RATES = { min: 1, max: 1_000_000 };
const ALIAS = { about: "Another name for a model: `<provider>/<model>`." };

/** Names come from both places where the guide's files put them, and from the variables. */
function providerNames(read: SettingsReader): readonly string[] {
  const direct = read.namesUnder("models").filter((name) => !OWN_KEYS.has(name));
  return [...new Set([...Object.keys(KINDS), ...read.namesUnder("models.providers"), ...direct])];
}

/** A provider without a key is not configured, unless it says where it is: one's own server may need none. */
function readProvider(read: SettingsReader, name: string): readonly ProviderSettings[] {
  const usual = isKind(name) ? VARIABLES[name] : { key: [], baseUrl: [] };
  const key = `models.providers.${name}`;
  // Both places are looked at, so that both are known.
  const short = {
    apiKey: read.secret(`models.${name}.api_key`, { about: shortFor("api_key") }),
    baseUrl: read.text(`models.${name}.base_url`, undefined, { about: shortFor("base_url") }),
    rateLimit: read.integer(`models.${name}.rate_limit`, undefined, {
      about: shortFor("rate_limit"),
      ...RATES,
    }),
  };
  const { apiKey, baseUrl } = readAccess(read, key, usual);
  const address = baseUrl ?? short.baseUrl;
  checkAddress(read, `${key}.base_url`, address);
  const provider: ProviderSettings = {
    name,
    kind: read.choice(`${key}.kind`, isKind(name) ? name : "openai", {
      about: "Whose address is meant without base_url; every kind is called in OpenAI's dialect.",
      defaultText: "its name, when that is a kind, else openai",
      among: KINDS,
    }),
    apiKey: apiKey ?? short.apiKey,
    baseUrl: address,
    rateLimit:
      read.integer(`${key}.rate_limit`, undefined, {
        about: "Requests a minute that it is sent at most, by each registry.",
        ...RATES,
      }) ?? short.rateLimit,
    models: readModelFacts(read, `${key}.models`),
  };
  return provider.apiKey === undefined && address === undefined ? [] : [provider];
}

function checkAddress(read: SettingsReader, key: string, address: string | undefined): void {
  if (address === undefined) {
    return;
  }
  if (!URL.canParse(address)) {
    read.problems.push(`${key} must be a URL, got "${address}"`);
    return;
  }
  const { username, password } = new URL(address);
  if (username !== "" || password !== "") {
    const advice = "give the key as api_key";
    read.problems.push(`${key} must not hold a user name or a password; ${advice}`);
  }
}

function readAccess(
  read: SettingsReader,
  key: string,
  { key: keyNames, baseUrl }: (typeof VARIABLES)[Kind],
): Pick<ProviderSettings, "apiKey" | "baseUrl"> {
  return {
    apiKey: read.secret(`${key}.api_key`, {
      about: "Its key. A provider with neither key nor base_url is not configured.",
      env: keyNames,
    }),
    baseUrl: read.text(`${key}.base_url`, undefined, {
      about: "Where it serves OpenAI's dialect.",
      defaultText: "the public address of its kind",
      env: baseUrl,
    }),
  };
}

function shortFor(key: string): string {
  return `Short spelling of models.providers.<name>.${key}.`;
}

function isKind(name: string): name is Kind {
  return Object.hasOwn(KINDS, name);
}

type Shape = "text" | "texts" | "number";

const FACTS: Readonly<Record<string, Shape>> = {
  name: "text",
  context: "number",
  capabilities: "texts",
  expertise: "texts",
  size: "text",
  accuracy: "number",
  input_usd_per_mtok: "number",
  output_usd_per_mtok: "number",
  latency_ms: "number",
  tokens_per_second: "number",
};

function readModelFacts(read: SettingsReader, key: string): readonly ModelFacts[] {
  const { items, where } = read.list(key, {
    about: `What is known of its models: ${Object.keys(FACTS).join(", ")}.`,
    defaultText: "it is asked for their names",
  });
  return items.flatMap((item, i) => {
    const at = `${where}[${i}]`;
    if (typeof item !== "object" || item === null || !("name" in item)) {
      read.problems.push(`${at} must be a mapping with a name`);
      return [];
    }
    const given: Record<string, unknown> = { ...item };
    for (const [fact, value] of Object.entries(given)) {
      const shape = Object.hasOwn(FACTS, fact) ? FACTS[fact] : undefined;
      if (shape === undefined) {
        const known = Object.keys(FACTS).join(", ");
        read.problems.push(`${at}: ${fact} is not a fact of a model; these are: ${known}`);
      } else if (!fits(value, shape)) {
        read.problems.push(`${at}: ${fact} must be a ${shape}, got ${JSON.stringify(value)}`);
      }
    }
    return [modelFacts(given)];
  });
}

function fits(value: unknown, shape: Shape): boolean {
  switch (shape) {
    case "text":
      return typeof value === "string" || typeof value === "number";
    case "number":
      return typeof value === "number" && Number.isFinite(value);
    case "texts":
      return Array.isArray(value) && value.every((item) => typeof item === "string");
  }
}

function modelFacts(given: Readonly<Record<string, unknown>>): ModelFacts {
  const text = (fact: string) => {
    const value = given[fact];
    return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
  };
  const number = (fact: string) => (typeof given[fact] === "number" ? given[fact] : undefined);
  const texts = (fact: string) => {
    const value = given[fact];
    return Array.isArray(value) ? value.map(String) : undefined;
  };
  return {
    name: text("name") ?? "",
    context: number("context"),
    capabilities: texts("capabilities"),
    expertise: texts("expertise"),
    size: text("size"),
    accuracy: number("accuracy"),
    inputUsdPerMtok: number("input_usd_per_mtok"),
    outputUsdPerMtok: number("output_usd_per_mtok"),
    latencyMs: number("latency_ms"),
    tokensPerSecond: number("tokens_per_second"),
  };
}
