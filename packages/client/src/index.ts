export { createOrchestrator, type Orchestrator } from "./orchestrator.ts";
export { Code } from "@connectrpc/connect";
export { fromWireError, RpcError } from "@orchestrator/rpc";
