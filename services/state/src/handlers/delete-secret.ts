import type { MethodImpl } from "@connectrpc/connect";
import type { StateService } from "@orchestrator/proto/state/v1/state_pb";

import type { Deps } from "../deps.ts";
import { requestIdReused, secretUnknown } from "../errors.ts";

/** Deletes a secret, once for each request id. */
export function deleteSecret({
  secrets,
}: Deps): MethodImpl<typeof StateService.method.deleteSecret> {
  return async ({ namespace, name, requestId }) => {
    const { kind } = await secrets.delete({ namespace, name, requestId });
    switch (kind) {
      case "deleted":
        return {};
      case "request_id_reused":
        throw requestIdReused(requestId);
      case "unknown":
        throw secretUnknown(name);
    }
  };
}
