import { Health } from "@orchestrator/proto/grpc/health/v1/health_pb";
import { ServerReflection } from "@orchestrator/proto/grpc/reflection/v1/reflection_pb";
import { ServerReflection as ServerReflectionAlpha } from "@orchestrator/proto/grpc/reflection/v1alpha/reflection_pb";

/** Services that probes use: anybody may call them, and nothing of it is traced. */
export const HEALTH: ReadonlySet<string> = new Set([Health.typeName]);

/** Services that tools use to learn what there is. */
export const REFLECTION: ReadonlySet<string> = new Set([
  ServerReflection.typeName,
  ServerReflectionAlpha.typeName,
]);
