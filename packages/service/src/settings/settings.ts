import type { Secret } from "./secret.ts";

/** The four services, by the names that addresses and settings use. */
export type ServiceName = "gateway" | "registry" | "executor" | "state";

/** All that a process is told, read once by `readSettings`; the keys of the files, in this language's spelling. */
export type Settings = {
  readonly environment: string;
  /** Logs at DEBUG at least, and causes of errors for callers on this machine. */
  readonly debug: boolean;
  /** The gateway's port for everything. */
  readonly server: ServerSettings;
  readonly storage: StorageSettings;
  readonly database: DatabaseSettings | undefined;
  /** Where wake-ups, limits and the shared cache live, when there is a Redis. */
  readonly redis: { readonly url: Secret } | undefined;
  readonly cache: { readonly backend: "memory" | "redis"; readonly ttlSeconds: number };
  readonly models: ModelSettings;
  readonly tools: {
    readonly hostProcesses: boolean;
    /** Variables that pipelines may read, with their values. */
    readonly environment: ReadonlyMap<string, Secret>;
  };
  readonly retention: { readonly finishedDays: number };
  readonly logging: LoggingSettings;
  readonly security: SecuritySettings;
  readonly monitoring: MonitoringSettings;
  readonly services: Readonly<Record<ServiceName, ServiceSettings>>;
  /** What is odd but not wrong; whoever starts logs them. */
  readonly warnings: readonly string[];
};

export type ServerSettings = {
  readonly host: string;
  readonly port: number;
  readonly workers: number;
  readonly tls: TlsSettings | undefined;
};

/** Certificate and key are read when the settings are, so that a wrong path is found at once. */
export type TlsSettings = {
  readonly certFile: string;
  readonly keyFile: string;
  readonly minVersion: "TLSv1.2" | "TLSv1.3";
  /** OpenSSL's list; undefined for Node's own choice. */
  readonly ciphers: string | undefined;
};

export type StorageSettings = {
  readonly backend: "file" | "postgres" | "memory";
  /** Absolute. */
  readonly path: string;
};

export type DatabaseSettings = {
  readonly url: Secret;
  readonly poolSize: number;
  /** Connections beyond `poolSize`, for bursts. */
  readonly maxOverflow: number;
};

export type ModelSettings = {
  readonly defaultProvider: string | undefined;
  /** `<provider>/<model>` for steps that name none. */
  readonly default: string | undefined;
  readonly healthCheckIntervalSeconds: number;
  /** Upper bound of the attempts of one model call, retries and fallbacks together. */
  readonly maxRetries: number;
  /** Only those that are configured: a provider needs a key or a base URL. */
  readonly providers: readonly ProviderSettings[];
  /** Name → `<provider>/<model>`. */
  readonly aliases: Readonly<Record<string, string>>;
};

export type ProviderSettings = {
  readonly name: string;
  /** Which dialect it speaks. */
  readonly kind: "openai" | "anthropic" | "google" | "ollama";
  readonly apiKey: Secret | undefined;
  readonly baseUrl: string | undefined;
  /** Requests a minute. */
  readonly rateLimit: number | undefined;
  readonly models: readonly ModelFacts[];
};

/** What an operator says of a model; what is absent is not known. */
export type ModelFacts = {
  readonly name: string;
  readonly context?: number | undefined;
  readonly capabilities?: readonly string[] | undefined;
  readonly expertise?: readonly string[] | undefined;
  readonly size?: string | undefined;
  readonly accuracy?: number | undefined;
  readonly inputUsdPerMtok?: number | undefined;
  readonly outputUsdPerMtok?: number | undefined;
  /** Milliseconds to an answer. */
  readonly latencyMs?: number | undefined;
  readonly tokensPerSecond?: number | undefined;
};

export type LogLevel = "trace" | "debug" | "info" | "warn" | "error" | "fatal";

export type LoggingSettings = {
  readonly level: LogLevel;
  /** `json` is one object a line, `detailed` is for eyes. */
  readonly format: "json" | "detailed";
  readonly output:
    | { readonly kind: "stdout" }
    | { readonly kind: "stderr" }
    | { readonly kind: "file"; readonly path: string }
    | { readonly kind: "none" };
};

export type SecuritySettings = {
  /** Whether callers from outside need a key: `api_key_required`, or there is a bootstrap key. */
  readonly keysRequired: boolean;
  readonly bootstrapKey: Secret | undefined;
  /** Pepper of keys and root of encryption. */
  readonly secretKey: Secret | undefined;
  readonly meshSecret: Secret | undefined;
  readonly reflection: "open" | "authenticated" | "off";
  readonly rateLimiting: { readonly enabled: boolean; readonly requestsPerMinute: number };
  readonly cors: { readonly enabled: boolean; readonly allowedOrigins: readonly string[] };
};

export type MonitoringSettings = {
  readonly metrics: { readonly enabled: boolean; readonly endpoint: string };
  readonly healthChecks: { readonly enabled: boolean; readonly endpoint: string };
  readonly tracing: TracingSettings;
};

export type TracingSettings = {
  readonly enabled: boolean;
  /** Base URL of an OTLP/HTTP receiver; undefined leaves it to `OTEL_EXPORTER_OTLP_*`. */
  readonly otlpEndpoint: string | undefined;
  /** Share of new traces that are kept, from 0 to 1; a caller's decision is respected. */
  readonly sampleRatio: number;
};

/** Where a service listens, and where others find it. */
export type ServiceSettings = {
  readonly host: string;
  readonly port: number;
  readonly opsHost: string;
  readonly opsPort: number;
  /** A gRPC target such as `dns:///state:7003`. */
  readonly address: string;
};
