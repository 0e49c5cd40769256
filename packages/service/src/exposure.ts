import { isLoopback } from "@orchestrator/rpc-node";

import type { ServiceName, Settings } from "./settings/settings.ts";

/** What is wrong with letting a service listen as its settings say: nobody listens for strangers without a lock. */
export function exposureProblems(name: ServiceName, settings: Settings): readonly string[] {
  const { security, services } = settings;
  const { host } = services[name];
  if (name === "gateway") {
    if (security.keysRequired && security.bootstrapKey === undefined) {
      return ["security.api_key_required needs a key: set ORCHESTRATOR_API_KEY"];
    }
    return security.keysRequired || isLoopback(host)
      ? []
      : [
          `the gateway would serve anybody on ${host}: ` +
            "set ORCHESTRATOR_API_KEY so that callers need a key, or listen on 127.0.0.1 (server.host)",
        ];
  }
  return security.meshSecret !== undefined || isLoopback(host)
    ? []
    : [
        `the ${name} service would serve anybody on ${host}: set ORCHESTRATOR_MESH_SECRET ` +
          `for the whole mesh, or listen on 127.0.0.1 (${name.toUpperCase()}_HOST)`,
      ];
}
