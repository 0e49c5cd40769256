import { setTimeout as delay } from "node:timers/promises";

import { createClient } from "@connectrpc/connect";
import {
  Health,
  HealthCheckResponse_ServingStatus,
} from "@orchestrator/proto/grpc/health/v1/health_pb";
import { openGrpcTransport } from "@orchestrator/rpc-node";

import { at, type Fields, fieldsOf, textOf } from "./json.ts";
import type { Container } from "./pod.ts";

/** What a kubelet asks a container, and how often. */
export type Probe = {
  readonly name: "startupProbe" | "livenessProbe" | "readinessProbe";
  readonly periodSeconds: number;
  readonly failureThreshold: number;
  /** One question. */
  ask(): Promise<boolean>;
};

/** The probes of a container, asked of this machine. */
export function probesOf(container: Container): readonly Probe[] {
  return (["startupProbe", "livenessProbe", "readinessProbe"] as const).flatMap((name) => {
    const fields = fieldsOf(container.fields[name]);
    const number = (key: string): number => Number(fields[key]);
    const timeoutMs = number("timeoutSeconds") * 1_000;
    return name in container.fields
      ? [
          {
            name,
            periodSeconds: number("periodSeconds"),
            failureThreshold: number("failureThreshold"),
            ask: () =>
              "grpc" in fields
                ? askByGrpc(fieldsOf(fields["grpc"]), timeoutMs)
                : askByHttp(fieldsOf(fields["httpGet"]), { container, timeoutMs }),
          },
        ]
      : [];
  });
}

/** Asks as a kubelet does until the answer is the wanted one; false when it has asked as often as it would, or nobody is left. */
export async function asks(
  probe: Probe,
  wanted: boolean,
  isOver: () => boolean = () => false,
): Promise<boolean> {
  for (let asked = 0; asked < probe.failureThreshold && !isOver(); asked += 1) {
    if ((await probe.ask()) === wanted) {
      return true;
    }
    await delay(probe.periodSeconds * 1_000);
  }
  return false;
}

async function askByHttp(
  get: Fields,
  { container, timeoutMs }: { readonly container: Container; readonly timeoutMs: number },
): Promise<boolean> {
  const port = container.ports.get(textOf(get["port"])) ?? Number(get["port"]);
  try {
    const response = await fetch(`http://127.0.0.1:${port}${textOf(get["path"])}`, {
      signal: AbortSignal.timeout(timeoutMs),
    });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false; // It does not listen, or takes too long: both are an answer.
  }
}

async function askByGrpc(grpc: Fields, timeoutMs: number): Promise<boolean> {
  using transport = openGrpcTransport(`ipv4:127.0.0.1:${Number(at(grpc, "port"))}`);
  try {
    const { status } = await createClient(Health, transport).check(
      { service: textOf(grpc["service"]) },
      { timeoutMs },
    );
    return status === HealthCheckResponse_ServingStatus.SERVING;
  } catch {
    return false; // It does not listen, takes too long, or does not know the name.
  }
}
