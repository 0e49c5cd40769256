import type { ServiceImpl } from "@connectrpc/connect";
import { Health } from "@orchestrator/proto/grpc/health/v1/health_pb";
import { RegistryService } from "@orchestrator/proto/registry/v1/registry_pb";
import { PipelineService } from "@orchestrator/proto/v1/pipeline_pb";
import type { CallReport } from "@orchestrator/rpc";

import { HEALTH } from "./infrastructure.ts";
import { serverInterceptors, type ServerInterceptorOptions } from "./server-interceptors.ts";
import type { Surface } from "./surface.ts";

export type Handlers = Partial<
  ServiceImpl<typeof PipelineService> & ServiceImpl<typeof RegistryService>
>;

/** A surface with handlers of every kind, behind the interceptors that every service has. */
export function testSurface(
  handlers: Handlers = {},
  options: Partial<ServerInterceptorOptions> = {},
): Surface & { readonly reports: readonly CallReport[] } {
  const reports: CallReport[] = [];
  return {
    reports,
    interceptors: serverInterceptors({
      admission: { kind: "anyone" },
      openServices: HEALTH,
      report: (call) => reports.push(call),
      ...options,
    }),
    routes(router) {
      router.service(PipelineService, {
        validatePipeline: () => ({ valid: true }),
        createPipeline: () => ({}),
        getPipeline: () => ({}),
        listPipelines: () => ({ nextPageToken: "next" }),
        archivePipeline: () => ({}),
        ...handlers,
      });
      router.service(RegistryService, {
        async *generate() {},
        selectModel: () => ({}),
        listModels: () => ({}),
        ...handlers,
      });
      router.service(Health, {
        check: () => ({ status: 1 }),
        list: () => ({}),
        async *watch() {
          yield { status: 1 };
        },
      });
    },
  };
}
