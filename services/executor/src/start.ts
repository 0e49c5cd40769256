import { hostname } from "node:os";

import { createClient, type Transport } from "@connectrpc/connect";
import { PLAN_VERSION } from "@orchestrator/pipeline";
import { RegistryService } from "@orchestrator/proto/registry/v1/registry_pb";
import { ExecutorLinkService, StateService } from "@orchestrator/proto/state/v1/state_pb";
import {
  type Component,
  type Listen,
  openPeer,
  openService,
  openTelemetry,
  type Telemetry,
} from "@orchestrator/service";

import { createHeavyWork } from "./adapters/heavy-work-threads.ts";
import { monotonicMs } from "./adapters/monotonic.ts";
import { createAttemptSpans } from "./adapters/otel-attempt-spans.ts";
import { processClock } from "./adapters/process-clock.ts";
import { RegistryModels } from "./adapters/registry-models.ts";
import { localReplica, remoteReplicas } from "./adapters/state-replicas.ts";
import { stateRunStore } from "./adapters/state-run-store.ts";
import { stateSecrets } from "./adapters/state-secrets.ts";
import { StateSession } from "./adapters/state-session.ts";
import type { Config } from "./config.ts";
import { createEvents } from "./events.ts";
import { routes } from "./routes.ts";
import { createRunHost } from "./run-host.ts";
import { runIdBytes } from "./run-id.ts";
import { Lease } from "./session/lease.ts";
import { openWorkspaces } from "./workspace/open-workspaces.ts";

export { type Config, configFromSettings } from "./config.ts";

/** What a test or the mesh may put in the place of the real thing; what is handed over is not closed here. */
export type Overrides = {
  readonly telemetry?: Telemetry;
  readonly listen?: Listen;
  /** State in this process. */
  readonly state?: Transport;
  /** The registry in this process. */
  readonly registry?: Transport;
  /** False: only runs that are asked for by `want`. */
  readonly takesAny?: boolean;
  /** The folder that runs of this process work in; private ones where there is none. */
  readonly workspace?: string;
};

/** An executor that runs. */
export type ExecutorServer = AsyncDisposable & {
  readonly ports: { readonly grpc?: number; readonly ops?: number };
  /** Calls it within this process. */
  readonly transport: Transport;
  /** Take a run up, where not any run is taken. */
  want(runId: string): void;
  /** What a run must require to work in this process's folder; undefined where runs have private ones. */
  readonly workspaceOffer: string | undefined;
};

/** Starts the executor. Disposing says NOT_SERVING, lets attempts end for a while, and hands back what is held. */
export async function startExecutor(
  config: Config,
  overrides: Overrides = {},
): Promise<ExecutorServer> {
  const { settings } = config;
  const opened: (AsyncDisposable | Disposable)[] = [];
  const own = <T extends AsyncDisposable | Disposable>(resource: T): T => {
    opened.unshift(resource);
    return resource;
  };
  const close = async (): Promise<void> => {
    for (const resource of opened.splice(0)) {
      if (Symbol.asyncDispose in resource) await resource[Symbol.asyncDispose]();
      else resource[Symbol.dispose]();
    }
  };
  try {
    const telemetry =
      overrides.telemetry ??
      own(await openTelemetry(settings, { service: "orchestrator-executor" }));
    const parts = openParts(config, { ...overrides, telemetry, own });
    const service = own(
      await openService({
        name: "executor",
        settings,
        telemetry,
        surface: { routes: routes(parts) },
        components: [parts.component],
        listen: overrides.listen ?? "configured",
      }),
    );
    parts.session.start();
    return {
      ports: service.ports,
      transport: service.transport,
      want: (runId) => parts.session.want(runIdBytes(runId)),
      workspaceOffer: parts.workspaceOffer,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

type Given = Overrides & {
  readonly telemetry: Telemetry;
  readonly own: <T extends AsyncDisposable | Disposable>(resource: T) => T;
};

/** Makes the parts. Closing goes the other way: first the runs end, then the session that holds them. */
function openParts(config: Config, given: Given) {
  const { telemetry, own, workspace } = given;
  const { settings, executor, capacity, hostProcesses } = config;
  const events = createEvents(telemetry);
  const lease = new Lease(monotonicMs);
  const replicas = own(
    given.state === undefined
      ? remoteReplicas({ settings, telemetry, self: "executor" })
      : localReplica(given.state),
  );
  const sessionId = (): bigint => session.status.sessionId;
  const host = openHost(config, { ...given, lease, events, sessionId });
  const workspaceOffer =
    workspace === undefined ? undefined : `workspace:${hostname()}:${workspace}`;
  const offers = offersOf({ hostProcesses, workspaceOffer });
  const session = own(
    new StateSession({
      executor,
      offers,
      capacity,
      takesAny: given.takesAny ?? true,
      host,
      lease,
      replicas: replicas.directory,
      clientOf: replicas.clientOf,
      heartbeats: replicas.heartbeats,
      ready: replicas.ready,
      nowMs: monotonicMs,
      events,
    }),
  );
  own({
    async [Symbol.asyncDispose]() {
      session.drain();
      await host[Symbol.asyncDispose]();
    },
  });
  const component = linkComponent(session);
  return { session, host, lease, offers, capacity, workspaceOffer, component };
}

type Around = Given & {
  readonly lease: Lease;
  readonly events: ReturnType<typeof createEvents>;
  /** Known once runs are held. */
  readonly sessionId: () => bigint;
};

/** Makes what runs the runs, with what it takes from other services. */
function openHost(config: Config, { telemetry, own, lease, events, sessionId, ...given }: Around) {
  const peer = { settings: config.settings, telemetry, self: "executor" } as const;
  const registry = given.registry ?? own(openPeer("registry", peer));
  const state = given.state ?? own(openPeer("state", peer));
  const models = own(
    new RegistryModels(createClient(RegistryService, registry), { nowMs: monotonicMs }),
  );
  return createRunHost({
    store: stateRunStore(createClient(StateService, state)),
    fence: lease,
    models,
    secrets: stateSecrets(createClient(ExecutorLinkService, state), {
      sessionId,
      environment: config.environment,
    }),
    workspaces: openWorkspaces({
      scratch: config.workspacesDirectory,
      denied: [config.storeDirectory],
      ...(given.workspace === undefined ? {} : { currentDirectory: given.workspace }),
    }),
    heavyWork: own(createHeavyWork()),
    spans: createAttemptSpans(),
    observer: events,
    clock: processClock(),
    random: Math.random,
    hostProcesses: config.hostProcesses,
  });
}

function offersOf({
  hostProcesses,
  workspaceOffer,
}: {
  hostProcesses: boolean;
  workspaceOffer: string | undefined;
}): readonly string[] {
  return [
    `plan:${PLAN_VERSION}`,
    ...(hostProcesses ? ["tool:terminal", "tool:python", "tool:javascript"] : []),
    ...(workspaceOffer === undefined ? [] : [workspaceOffer]),
  ];
}

/** Without a link to state an executor can do nothing. */
function linkComponent(session: StateSession): Component {
  return {
    name: "state",
    required: true,
    async check() {
      if (!session.status.isLinked) {
        throw new Error("no replica of state is linked");
      }
    },
  };
}
