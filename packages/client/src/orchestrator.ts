import { type Client, createClient, type Transport } from "@connectrpc/connect";
import { AdminService } from "@orchestrator/proto/v1/admin_pb";
import { ApprovalService } from "@orchestrator/proto/v1/approval_pb";
import { OperationsService } from "@orchestrator/proto/v1/operations_pb";
import { PipelineService } from "@orchestrator/proto/v1/pipeline_pb";
import { RunService } from "@orchestrator/proto/v1/run_pb";

import { withRpcErrors } from "./rpc-errors.ts";

/** The public API of a mesh. Calls that fail reject with an RpcError; programs branch on its `reason`. */
export type Orchestrator = {
  readonly pipelines: Client<typeof PipelineService>;
  readonly runs: Client<typeof RunService>;
  readonly approvals: Client<typeof ApprovalService>;
  readonly operations: Client<typeof OperationsService>;
  readonly admin: Client<typeof AdminService>;
};

/** Makes typed clients over a transport: one of `@orchestrator/client/node`, or any other of Connect's. */
export function createOrchestrator(transport: Transport): Orchestrator {
  const calls = withRpcErrors(transport);
  return {
    pipelines: createClient(PipelineService, calls),
    runs: createClient(RunService, calls),
    approvals: createClient(ApprovalService, calls),
    operations: createClient(OperationsService, calls),
    admin: createClient(AdminService, calls),
  };
}
