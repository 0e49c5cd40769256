import { AdminService } from "@orchestrator/proto/v1/admin_pb";
import { ApprovalService } from "@orchestrator/proto/v1/approval_pb";
import { OperationsService } from "@orchestrator/proto/v1/operations_pb";
import { PipelineService } from "@orchestrator/proto/v1/pipeline_pb";
import { RunService } from "@orchestrator/proto/v1/run_pb";
import type { Router } from "@orchestrator/rpc-node";

import type { Deps } from "./deps.ts";
import { archivePipeline } from "./handlers/archive-pipeline.ts";
import { cancelRun } from "./handlers/cancel-run.ts";
import { createPipeline } from "./handlers/create-pipeline.ts";
import { createRun } from "./handlers/create-run.ts";
import { deleteSecret } from "./handlers/delete-secret.ts";
import { downloadArtifact } from "./handlers/download-artifact.ts";
import { getPipeline } from "./handlers/get-pipeline.ts";
import { getRun } from "./handlers/get-run.ts";
import { listApprovals } from "./handlers/list-approvals.ts";
import { listArtifacts } from "./handlers/list-artifacts.ts";
import { listPipelines } from "./handlers/list-pipelines.ts";
import { listRunEvents } from "./handlers/list-run-events.ts";
import { listRuns } from "./handlers/list-runs.ts";
import { listSecrets } from "./handlers/list-secrets.ts";
import { listSessions } from "./handlers/list-sessions.ts";
import { respondApproval } from "./handlers/respond-approval.ts";
import { setSecret } from "./handlers/set-secret.ts";
import { signalRun } from "./handlers/signal-run.ts";
import { validatePipeline } from "./handlers/validate-pipeline.ts";
import { watchRun } from "./handlers/watch-run.ts";

/** The public API, one line per RPC. */
export function routes(deps: Deps): (router: Router) => void {
  return (router) => {
    router.service(PipelineService, {
      validatePipeline: validatePipeline(deps),
      createPipeline: createPipeline(deps),
      getPipeline: getPipeline(deps),
      listPipelines: listPipelines(deps),
      archivePipeline: archivePipeline(deps),
    });
    router.service(RunService, {
      createRun: createRun(deps),
      getRun: getRun(deps),
      listRuns: listRuns(deps),
      watchRun: watchRun(deps),
      cancelRun: cancelRun(deps),
      signalRun: signalRun(deps),
      listRunEvents: listRunEvents(deps),
      listArtifacts: listArtifacts(deps),
      downloadArtifact: downloadArtifact(deps),
    });
    router.service(ApprovalService, {
      listApprovals: listApprovals(deps),
      respondApproval: respondApproval(deps),
    });
    router.service(AdminService, {
      setSecret: setSecret(deps),
      listSecrets: listSecrets(deps),
      deleteSecret: deleteSecret(deps),
    });
    router.service(OperationsService, {
      listSessions: listSessions(deps),
    });
  };
}
