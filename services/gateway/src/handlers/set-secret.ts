import type { MethodImpl } from "@connectrpc/connect";
import type { AdminService } from "@orchestrator/proto/v1/admin_pb";
import { callOf } from "@orchestrator/rpc";

import { relay } from "../adapters/relay.ts";
import type { Deps } from "../deps.ts";
import { namespaceOf } from "../namespace.ts";
import { wireFromSecret } from "../wire.ts";

/** Stores a secret of the caller's namespace, or a new value of it. */
export function setSecret({ state }: Deps): MethodImpl<typeof AdminService.method.setSecret> {
  return async ({ name, value, requestId }, context) => {
    const namespace = namespaceOf(callOf(context));
    const { secret } = await relay(
      state.setSecret({ namespace, name, value, requestId }, { signal: context.signal }),
    );
    return secret === undefined ? {} : { secret: wireFromSecret(secret) };
  };
}
