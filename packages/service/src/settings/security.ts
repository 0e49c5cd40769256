import type { SettingsReader } from "./settings-reader.ts";
import type { SecuritySettings } from "./settings.ts";

/** Reads `security`, and the secrets that only the environment has. */
export function readSecurity(read: SettingsReader, environment: string): SecuritySettings {
  const bootstrapKey = read.secret("security.api_key", {
    about: "The key that callers of the gateway show; giving one makes keys required.",
    env: ["ORCHESTRATOR_API_KEY"],
  });
  const required = read.boolean("security.api_key_required", false, {
    about: "Whether callers of the gateway need a key.",
  });
  return {
    keysRequired: required || bootstrapKey !== undefined,
    bootstrapKey,
    secretKey: read.secret("security.secret_key", {
      about:
        "Pepper of the keys' hashes at the gateway; at state, what secrets are encrypted under, and the same for all replicas. " +
        "Keep it apart from backups: without it secrets have to be set again.",
      env: ["ORCHESTRATOR_SECRET_KEY"],
    }),
    meshSecret: read.secret("security.mesh_secret", {
      about: "What services show each other; a service that listens beyond loopback needs it.",
      env: ["ORCHESTRATOR_MESH_SECRET"],
    }),
    reflection: read.choice(
      "security.reflection",
      environment === "production" ? "authenticated" : "open",
      {
        about: "Who may ask services for their descriptors.",
        defaultText: "authenticated in production, else open",
        among: { open: "open", authenticated: "authenticated", off: "off" },
      },
    ),
    rateLimiting: {
      enabled: read.boolean("security.rate_limiting.enabled", false, {
        about:
          "Whether each API key, or each address where no keys are required, may call only so often.",
      }),
      requestsPerMinute: read.integer("security.rate_limiting.requests_per_minute", 1_000, {
        about:
          "Calls that a minute has, from its first one on; counted by all gateways of one Redis together (`cache.url`), " +
          "else by each process. Refused ones are RESOURCE_EXHAUSTED, or 429, with the time to wait.",
        min: 1,
        max: 10_000_000,
      }),
    },
    cors: {
      enabled: read.boolean("security.cors.enabled", false, {
        about: "Whether pages of other origins may call the gateway.",
      }),
      allowedOrigins: read.texts("security.cors.allowed_origins", [], { about: "Those origins." }),
    },
  };
}
