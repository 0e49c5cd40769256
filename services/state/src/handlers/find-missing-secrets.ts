import type { MethodImpl } from "@connectrpc/connect";
import type { StateService } from "@orchestrator/proto/state/v1/state_pb";

import type { Deps } from "../deps.ts";

/** Says which of some names no secret of the namespace has. */
export function findMissingSecrets({
  secrets,
}: Deps): MethodImpl<typeof StateService.method.findMissingSecrets> {
  return async ({ namespace, names }) => {
    const existing = new Set(await secrets.existing(namespace, names));
    return { missing: names.filter((name) => !existing.has(name)) };
  };
}
