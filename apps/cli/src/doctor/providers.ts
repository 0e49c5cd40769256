import type { ProviderSettings } from "@orchestrator/service";

import { type Finding, found, reasonOf } from "./finding.ts";

const LIMIT_MS = 5_000;

/** Whether each provider of models answers, and takes the key; asking for its models costs nothing. */
export async function examineProviders(
  providers: readonly ProviderSettings[],
): Promise<readonly Finding[]> {
  if (providers.length === 0) {
    const how = "set OPENAI_API_KEY, or models.providers in the configuration";
    return [found("models", "off", `no provider is configured: ${how}`)];
  }
  return Promise.all(providers.map(examineProvider));
}

async function examineProvider({ name, baseUrl, apiKey }: ProviderSettings): Promise<Finding> {
  const url = `${baseUrl ?? "https://api.openai.com/v1"}/models`;
  const what = `provider ${name}`;
  try {
    const response = await fetch(url, {
      headers: apiKey === undefined ? {} : { authorization: `Bearer ${apiKey.reveal()}` },
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    return response.ok
      ? found(what, "ok", `answers at ${url}`)
      : found(what, "failed", `answers ${response.status} at ${url}`);
  } catch (error) {
    return found(what, "failed", `${url}: ${reasonOf(error)}`);
  }
}
