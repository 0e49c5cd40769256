import type { Client } from "@connectrpc/connect";
import type { ExecutorLinkService } from "@orchestrator/proto/state/v1/state_pb";
import { fromWireError } from "@orchestrator/rpc";
import type { Secret } from "@orchestrator/service";

import type { SecretSource } from "../secrets.ts";

const REVEAL_MS = 10_000;

/** Secrets from the state service, which gives them to the session that holds the run; variables as the deployment allows them. */
export function stateSecrets(
  links: Client<typeof ExecutorLinkService>,
  {
    sessionId,
    environment,
  }: {
    readonly sessionId: () => bigint;
    /** By name. */
    readonly environment: ReadonlyMap<string, Secret>;
  },
): SecretSource {
  return {
    async reveal({ runId, epoch }, names, signal) {
      const asked = { sessionId: sessionId(), runId, epoch, names: [...names] };
      try {
        const { values, unreadable } = await links.revealSecrets(asked, {
          signal,
          timeoutMs: REVEAL_MS,
        });
        return { values, unreadable };
      } catch (error) {
        if (fromWireError(error).reason === "SECRET_KEY_MISSING") {
          return { values: {}, unreadable: names };
        }
        throw error;
      }
    },
    variable: (name) => environment.get(name)?.reveal(),
  };
}
