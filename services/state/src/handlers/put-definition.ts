import type { MethodImpl } from "@connectrpc/connect";
import type { StateService } from "@orchestrator/proto/state/v1/state_pb";

import type { Deps } from "../deps.ts";

/** Stores a document and a plan of it under their hash. */
export function putDefinition({
  definitions,
}: Deps): MethodImpl<typeof StateService.method.putDefinition> {
  return async ({ namespace, documentHash, source, bundle, planVersion, plan }) => {
    await definitions.put({ namespace, documentHash, source, bundle, planVersion, plan });
    return {};
  };
}
