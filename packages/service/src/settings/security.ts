import type { SettingsReader } from "./settings-reader.ts";
import type { SecuritySettings } from "./settings.ts";

/** Reads `security`, and the secrets that only the environment has. */
export function readSecurity(read: SettingsReader, environment: string): SecuritySettings {
  const bootstrapKey = read.secret("security.api_key", { env: ["ORCHESTRATOR_API_KEY"] });
  const required = read.boolean("security.api_key_required", false);
  return {
    keysRequired: required || bootstrapKey !== undefined,
    bootstrapKey,
    secretKey: read.secret("security.secret_key", { env: ["ORCHESTRATOR_SECRET_KEY"] }),
    meshSecret: read.secret("security.mesh_secret", { env: ["ORCHESTRATOR_MESH_SECRET"] }),
    reflection: read.choice(
      "security.reflection",
      environment === "production" ? "authenticated" : "open",
      { among: { open: "open", authenticated: "authenticated", off: "off" } },
    ),
    rateLimiting: {
      enabled: read.boolean("security.rate_limiting.enabled", false),
      requestsPerMinute: read.integer("security.rate_limiting.requests_per_minute", 1_000, {
        min: 1,
        max: 10_000_000,
      }),
    },
    cors: {
      enabled: read.boolean("security.cors.enabled", false),
      allowedOrigins: read.texts("security.cors.allowed_origins", []),
    },
  };
}
