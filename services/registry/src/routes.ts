import { RegistryService } from "@orchestrator/proto/registry/v1/registry_pb";
import type { Router } from "@orchestrator/rpc-node";

import type { Deps } from "./deps.ts";
import { generate } from "./handlers/generate.ts";
import { listModels } from "./handlers/list-models.ts";
import { selectModel } from "./handlers/select-model.ts";

/** The service's surface, one line per RPC. */
export function routes(deps: Deps): (router: Router) => void {
  return (router) =>
    router.service(RegistryService, {
      generate: generate(deps),
      selectModel: selectModel(deps),
      listModels: listModels(deps),
    });
}
