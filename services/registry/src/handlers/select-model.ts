import type { ServiceImpl } from "@connectrpc/connect";
import type { RegistryService } from "@orchestrator/proto/registry/v1/registry_pb";

import type { Deps } from "../deps.ts";
import { choiceFromWire, wireFromModel } from "../wire.ts";

/** Says which model would be called, and why, without calling it. */
export function selectModel({
  choose,
  offer,
}: Deps): ServiceImpl<typeof RegistryService>["selectModel"] {
  return async ({ choice }) => {
    const selection = await choose(choiceFromWire(choice));
    if (selection.kind === "none") return { reason: `${selection.code}: ${selection.message}` };
    const [{ model, reason }] = selection.candidates;
    const { aliases } = await offer();
    return { model: wireFromModel(model, aliases), reason };
  };
}
