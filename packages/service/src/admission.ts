import type { Admission } from "@orchestrator/rpc";
import { createKeyRing, HEALTH, REFLECTION } from "@orchestrator/rpc-node";

import type { ServiceName, Settings } from "./settings/settings.ts";

/** Services that anybody may call. */
export function openServices({ security }: Settings): ReadonlySet<string> {
  return security.reflection === "open" ? new Set([...HEALTH, ...REFLECTION]) : HEALTH;
}

/** Clients from outside show a key to the gateway; services show the secret of the mesh to each other. */
export function admissionTo(name: ServiceName, { security }: Settings): Admission {
  if (name !== "gateway") {
    return security.meshSecret === undefined
      ? { kind: "anyone" }
      : { kind: "mesh", secret: security.meshSecret.reveal() };
  }
  if (!security.keysRequired) {
    return { kind: "anyone" };
  }
  const key = security.bootstrapKey?.reveal();
  const entries = key === undefined ? [] : [{ key, keyId: "bootstrap", namespace: "default" }];
  return { kind: "keys", keys: createKeyRing(entries, security.secretKey?.reveal() ?? "") };
}
