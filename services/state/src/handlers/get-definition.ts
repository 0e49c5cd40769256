import type { MethodImpl } from "@connectrpc/connect";
import type { StateService } from "@orchestrator/proto/state/v1/state_pb";

import type { Deps } from "../deps.ts";
import { definitionNotFound } from "../errors.ts";

/** Answers with a document and, when one is asked for, its plan. */
export function getDefinition({
  definitions,
}: Deps): MethodImpl<typeof StateService.method.getDefinition> {
  return async ({ namespace, documentHash, planVersion }) => {
    const found = await definitions.get({ namespace, documentHash, planVersion });
    if (found === undefined || (planVersion !== 0 && found.plan === undefined)) {
      throw definitionNotFound(documentHash);
    }
    const { source, bundle, plan } = found;
    return { source, bundle: [...bundle], ...(plan === undefined ? {} : { plan }) };
  };
}
