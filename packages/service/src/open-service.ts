import type { DescMethod } from "@bufbuild/protobuf";
import type { Transport } from "@connectrpc/connect";
import { Health } from "@orchestrator/proto/grpc/health/v1/health_pb";
import { type Admission, requestCheckOf } from "@orchestrator/rpc";
import {
  clientInterceptors,
  type CallLimit,
  type EdgeRoutes,
  inProcess,
  reflectionRoutes,
  type Router,
  serverInterceptors,
  servicesOf,
  type Surface,
} from "@orchestrator/rpc-node";

import { admissionTo, openServices } from "./admission.ts";
import { callReports } from "./call-reports.ts";
import type { Component } from "./health/component.ts";
import { healthService } from "./health/health-service.ts";
import { HealthState } from "./health/health-state.ts";
import { installedVersion } from "./installation.ts";
import { type Listen, type OpenPorts, openPorts } from "./open-ports.ts";
import { opsRoutes } from "./ops-routes.ts";
import type { ServiceName, Settings } from "./settings/settings.ts";
import { createTasks } from "./tasks.ts";
import type { Telemetry } from "./telemetry/telemetry.ts";
import { joinWorkers } from "./workers/join-workers.ts";

/** What a service offers. */
export type ServiceSurface = {
  readonly routes: (router: Router) => void;
  /** Methods whose handlers check their messages themselves: the hot streams of the mesh. */
  readonly unchecked?: readonly DescMethod[];
  /** Serves clients from outside: Connect, gRPC-Web and HTTP beside gRPC, on `server.port`. */
  readonly edge?: { readonly http: EdgeRoutes };
  /** How often each caller may call. */
  readonly callLimit?: CallLimit | undefined;
};

export type ServiceInit = {
  readonly name: ServiceName;
  readonly settings: Settings;
  readonly telemetry: Telemetry;
  readonly surface: ServiceSurface;
  readonly components: readonly Component[];
  readonly listen: Listen;
};

/** A service that runs. Disposing says NOT_SERVING, drains, and closes its ports. */
export type OpenService = AsyncDisposable & {
  /** Absent when it does not listen. */
  readonly ports: { readonly grpc?: number; readonly ops?: number };
  /** Calls it within this process, as a member of the mesh. */
  readonly transport: Transport;
  /** Say NOT_SERVING before it is disposed of: new work goes elsewhere while the old ends. */
  drain(): void;
};

const LOOK_MS = 1_000;
/** What works is looked at less often than what does not. */
const LOOK_AT_HEALTHY_MS = 5_000;

/** Opens a service: its surface with interceptors, health, reflection and metrics around it. All four have this shape. */
export async function openService(init: ServiceInit): Promise<OpenService> {
  const { name, settings, telemetry, surface: offered, components, listen } = init;
  const { registry } = telemetry.metrics;
  const workers = joinWorkers(registry);
  const log = telemetry.log.with({ component: name });
  const state = new HealthState(components);
  const admission = admissionTo(name, settings);
  const surface = surfaceOf(init, { state, admission });
  const ops = opsRoutes({
    health: state,
    metrics: {
      contentType: registry.contentType,
      text: () => workers?.metrics() ?? registry.metrics(),
    },
    monitoring: settings.monitoring,
    version: installedVersion(),
    now: () => new Date(),
  });
  await state.refresh();
  const ports = await openPorts({
    name,
    settings,
    surface,
    admission,
    log,
    listen,
    ops,
    edge: offered.edge,
  });
  const tasks = createTasks(log);
  keepLooking(state, { components, tasks });
  tasks.run("load_rules", () => loadRules(offered));
  log.info("service_open", { ...ports.numbers, ready: state.isServing });
  workers?.ready();
  return {
    ports: ports.numbers,
    transport: inProcess(surface, {
      caller: "mesh",
      interceptors: clientInterceptors({
        credentials: { kind: "none" },
        tracing: settings.monitoring.tracing.enabled,
      }),
    }),
    drain: () => state.drain(),
    [Symbol.asyncDispose]: () => close({ state, ports, tasks, workers }),
  };
}

async function close(open: {
  state: HealthState;
  ports: OpenPorts;
  tasks: AsyncDisposable;
  workers: Disposable | undefined;
}): Promise<void> {
  open.state.drain();
  await open.tasks[Symbol.asyncDispose]();
  await open.ports[Symbol.asyncDispose]();
  open.workers?.[Symbol.dispose]();
}

function surfaceOf(
  { settings, telemetry, surface: { routes, unchecked = [], edge, callLimit } }: ServiceInit,
  { state, admission }: { state: HealthState; admission: Admission },
): Surface {
  const services = servicesOf(routes);
  const names = services.map(({ typeName }) => typeName);
  const { reflection } = settings.security;
  const reflect = reflection === "off" ? undefined : reflectionRoutes([...services, Health]);
  return {
    routes(router) {
      routes(router);
      router.service(Health, healthService(state, names));
      reflect?.(router);
    },
    interceptors: serverInterceptors({
      admission,
      openServices: openServices(settings),
      unchecked,
      callLimit,
      report: callReports(telemetry),
      debug: settings.debug,
      tracing: settings.monitoring.tracing.enabled,
      beginsTraces: edge !== undefined,
    }),
  };
}

/** Load the evaluator of rules while nobody waits for it. */
async function loadRules({ routes, unchecked = [] }: ServiceSurface): Promise<void> {
  const methods = servicesOf(routes).flatMap((service) => service.methods);
  await Promise.all(
    methods
      .filter((method) => !unchecked.includes(method))
      .map(async (method) => {
        await requestCheckOf(method);
      }),
  );
}

function keepLooking(
  state: HealthState,
  {
    components,
    tasks,
  }: { components: readonly Component[]; tasks: ReturnType<typeof createTasks> },
): void {
  if (components.length === 0) {
    return;
  }
  let lookedAtMs = performance.now();
  tasks.repeat("health", {
    everyMs: LOOK_MS,
    async work(signal) {
      const dueMs = state.condition === "healthy" ? LOOK_AT_HEALTHY_MS : 0;
      if (performance.now() - lookedAtMs >= dueMs) {
        await state.refresh(signal);
        lookedAtMs = performance.now();
      }
    },
  });
}
