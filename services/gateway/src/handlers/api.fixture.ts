import {
  type Client,
  createClient,
  createRouterTransport,
  type ServiceImpl,
} from "@connectrpc/connect";
import { StateService } from "@orchestrator/proto/state/v1/state_pb";
import { AdminService } from "@orchestrator/proto/v1/admin_pb";
import { ApprovalService } from "@orchestrator/proto/v1/approval_pb";
import { OperationsService } from "@orchestrator/proto/v1/operations_pb";
import { PipelineService } from "@orchestrator/proto/v1/pipeline_pb";
import { RunService } from "@orchestrator/proto/v1/run_pb";
import { HEALTH, inProcess, serverInterceptors } from "@orchestrator/rpc-node";

import { CreationStream } from "../adapters/creation-stream.ts";
import { Definitions } from "../adapters/definitions.ts";
import { directCompiler } from "../adapters/direct-compiler.ts";
import { WatchStream } from "../adapters/watch-stream.ts";
import { routes } from "../routes.ts";

/** Clients of the public API. */
export type TestApi = AsyncDisposable & {
  readonly runs: Client<typeof RunService>;
  readonly pipelines: Client<typeof PipelineService>;
  readonly approvals: Client<typeof ApprovalService>;
  readonly operations: Client<typeof OperationsService>;
  readonly admin: Client<typeof AdminService>;
};

/** The public API, with the interceptors that stand before it, on a state service that a test makes up. */
export function openApi(stateHandlers: Partial<ServiceImpl<typeof StateService>>): TestApi {
  const state = createClient(
    StateService,
    createRouterTransport(({ service }) => {
      service(StateService, stateHandlers);
    }),
  );
  const compiler = directCompiler();
  const creations = new CreationStream(state);
  const watches = new WatchStream(state);
  const definitions = new Definitions(state, compiler);
  const transport = inProcess(
    {
      routes: routes({ state, creations, watches, compiler, definitions, runRequires: [] }),
      interceptors: serverInterceptors({
        admission: { kind: "anyone" },
        openServices: HEALTH,
        report: () => undefined,
      }),
    },
    { caller: "test" },
  );
  return {
    runs: createClient(RunService, transport),
    pipelines: createClient(PipelineService, transport),
    approvals: createClient(ApprovalService, transport),
    operations: createClient(OperationsService, transport),
    admin: createClient(AdminService, transport),
    async [Symbol.asyncDispose]() {
      await creations[Symbol.asyncDispose]();
      await watches[Symbol.asyncDispose]();
    },
  };
}
