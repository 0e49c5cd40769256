import type { MethodImpl } from "@connectrpc/connect";
import type { ExecutorLinkService } from "@orchestrator/proto/state/v1/state_pb";

import type { Deps } from "../deps.ts";
import { runNotHeld, secretKeyMissing } from "../errors.ts";

/** Answers with the values that an attempt needs, to whoever holds its run and to nobody else. */
export function revealSecrets({
  secrets,
  secretBox,
}: Deps): MethodImpl<typeof ExecutorLinkService.method.revealSecrets> {
  return async ({ sessionId, runId, epoch, names }) => {
    const holding = { sessionId: Number(sessionId), runId, epoch };
    const sealed = await secrets.forHolder(holding, names);
    if (sealed === undefined) {
      throw runNotHeld(runId);
    }
    if (sealed.length > 0 && secretBox === undefined) {
      throw secretKeyMissing();
    }
    const values: Record<string, string> = {};
    const unreadable: string[] = [];
    for (const secret of sealed) {
      const value = secretBox?.open(secret, secret);
      if (value === undefined) {
        unreadable.push(secret.name);
      } else {
        values[secret.name] = value;
      }
    }
    return { values, unreadable };
  };
}
