import type { Client } from "@connectrpc/connect";
import type { Plan } from "@orchestrator/pipeline";
import type { StateService } from "@orchestrator/proto/state/v1/state_pb";
import type { RpcError } from "@orchestrator/rpc";

import { secretsMissing } from "../errors.ts";
import { relay } from "./relay.ts";

/** Why a document is not run that names secrets at its top: its namespace does not have all of them (L163). */
export async function missingSecrets(
  state: Client<typeof StateService>,
  { namespace, plan }: { readonly namespace: string; readonly plan: Plan },
  signal: AbortSignal,
): Promise<RpcError | undefined> {
  const names = [...(plan.secrets ?? [])];
  if (names.length === 0) {
    return undefined;
  }
  const { missing } = await relay(state.findMissingSecrets({ namespace, names }, { signal }));
  return missing.length === 0 ? undefined : secretsMissing(missing);
}
