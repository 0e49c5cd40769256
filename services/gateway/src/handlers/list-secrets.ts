import type { MethodImpl } from "@connectrpc/connect";
import type { AdminService } from "@orchestrator/proto/v1/admin_pb";
import { callOf } from "@orchestrator/rpc";

import { relay } from "../adapters/relay.ts";
import type { Deps } from "../deps.ts";
import { invalidField } from "../errors.ts";
import { namespaceOf } from "../namespace.ts";
import { pageSizeFrom } from "../page-size.ts";
import { keyFromPageToken, pageTokenFrom } from "../page-token.ts";
import { wireFromSecret } from "../wire.ts";

/** What its page tokens hold. */
const NAME = /^[^\0]{1,128}$/;

/** Lists the secrets of the caller's namespace by name, without their values. */
export function listSecrets({ state }: Deps): MethodImpl<typeof AdminService.method.listSecrets> {
  return async ({ pageSize, pageToken }, context) => {
    const namespace = namespaceOf(callOf(context));
    const request = [namespace, "secrets"];
    const afterName = keyFromPageToken(pageToken, { request, form: NAME });
    if (afterName === undefined) {
      throw invalidField("page_token", "is not a token of this list with these arguments");
    }
    const limit = pageSizeFrom(pageSize);
    const { secrets } = await relay(
      state.listSecrets({ namespace, limit, afterName }, { signal: context.signal }),
    );
    const last = secrets.at(-1);
    return {
      secrets: secrets.map(wireFromSecret),
      nextPageToken:
        last !== undefined && secrets.length === limit ? pageTokenFrom(last.name, request) : "",
    };
  };
}
