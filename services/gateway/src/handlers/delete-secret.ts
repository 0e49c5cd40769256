import type { MethodImpl } from "@connectrpc/connect";
import type { AdminService } from "@orchestrator/proto/v1/admin_pb";
import { callOf } from "@orchestrator/rpc";

import { relay } from "../adapters/relay.ts";
import type { Deps } from "../deps.ts";
import { namespaceOf } from "../namespace.ts";

/** Deletes a secret of the caller's namespace. */
export function deleteSecret({ state }: Deps): MethodImpl<typeof AdminService.method.deleteSecret> {
  return async ({ name, requestId }, context) => {
    const namespace = namespaceOf(callOf(context));
    await relay(state.deleteSecret({ namespace, name, requestId }, { signal: context.signal }));
    return {};
  };
}
