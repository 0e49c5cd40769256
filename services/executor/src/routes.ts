import { ExecutorService } from "@orchestrator/proto/executor/v1/executor_pb";
import type { Router } from "@orchestrator/rpc-node";

import type { Deps } from "./deps.ts";
import { getStatus } from "./handlers/get-status.ts";

/** The service, one line per RPC. */
export function routes(deps: Deps): (router: Router) => void {
  return (router) => {
    router.service(ExecutorService, { getStatus: getStatus(deps) });
  };
}
