import type { ServiceImpl } from "@connectrpc/connect";
import type { RegistryService } from "@orchestrator/proto/registry/v1/registry_pb";

import type { Deps } from "../deps.ts";
import { fullName } from "../model.ts";
import { wireFromModel } from "../wire.ts";

/** Lists the models that are configured, and those that providers without a list name themselves. */
export function listModels({ offer }: Deps): ServiceImpl<typeof RegistryService>["listModels"] {
  return async () => {
    const { models, named, aliases } = await offer();
    const all = [...models, ...named].toSorted((a, b) => (fullName(a) < fullName(b) ? -1 : 1));
    return { models: all.map((model) => wireFromModel(model, aliases)) };
  };
}
