import type { MethodImpl } from "@connectrpc/connect";
import type { StateService } from "@orchestrator/proto/state/v1/state_pb";

import type { Deps } from "../deps.ts";
import { wireFromSecret } from "../wire.ts";

/** Lists the secrets of a namespace, without their values. */
export function listSecrets({
  secrets,
  secretBox,
}: Deps): MethodImpl<typeof StateService.method.listSecrets> {
  return async ({ namespace, limit, afterName }) => {
    const found = await secrets.list({ namespace, limit, afterName });
    return { secrets: found.map((secret) => wireFromSecret(secret, secretBox)) };
  };
}
