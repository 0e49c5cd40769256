import { Code, type ServiceImpl } from "@connectrpc/connect";
import {
  type Health,
  HealthCheckResponse_ServingStatus as Status,
} from "@orchestrator/proto/grpc/health/v1/health_pb";
import { RpcError } from "@orchestrator/rpc";

import type { HealthState } from "./health-state.ts";

/** A restart helps against a process that hangs; against a database that is down it would only make things worse. */
const LIVENESS = "liveness";

/** Serves grpc.health.v1: for each service name, for "", and for the probes `liveness` and `readiness`. */
export function healthService(
  state: HealthState,
  services: readonly string[],
): ServiceImpl<typeof Health> {
  const names = new Set(["", LIVENESS, "readiness", ...services]);
  const statusOf = (name: string): Status =>
    name === LIVENESS || state.isServing ? Status.SERVING : Status.NOT_SERVING;
  return {
    check({ service }) {
      if (!names.has(service)) {
        throw serviceUnknown(service);
      }
      return { status: statusOf(service) };
    },
    list: () => ({
      statuses: Object.fromEntries([...names].map((name) => [name, { status: statusOf(name) }])),
    }),
    async *watch({ service }, { signal }) {
      let told: Status | undefined;
      while (!signal.aborted) {
        const status = names.has(service) ? statusOf(service) : Status.SERVICE_UNKNOWN;
        const change = state.changed(signal);
        if (status !== told) {
          told = status;
          yield { status };
        }
        await change;
      }
    },
  };
}

function serviceUnknown(service: string): RpcError {
  return new RpcError(Code.NotFound, {
    reason: "SERVICE_UNKNOWN",
    message: `no service ${service} runs here`,
    metadata: { service },
  });
}
