import type { Transport } from "@connectrpc/connect";
import { configFromSettings as executorConfig, startExecutor } from "@orchestrator/executor";
import { configFromSettings as gatewayConfig, startGateway } from "@orchestrator/gateway";
import { configFromSettings as registryConfig, startRegistry } from "@orchestrator/registry";
import type { Listen, ServiceName, Settings, Telemetry } from "@orchestrator/service";
import { configFromSettings as stateConfig, startState } from "@orchestrator/state";

import { openStores } from "./stores.ts";

export type MeshInit = {
  readonly settings: Settings;
  readonly telemetry: Telemetry;
  readonly listen: Listen;
  /** All four, unless some of them run elsewhere. */
  readonly services?: readonly ServiceName[];
  /** Set where the mesh works for one caller in this process, and for runs of his own only. */
  readonly own?: {
    /** The folder that runs work in. */
    readonly workspace: string;
  };
};

/** Services in one process. Disposing drains them, the gateway first and state last. */
export type Mesh = AsyncDisposable & {
  /** Calls the public API within this process; throws where the gateway runs elsewhere. */
  readonly transport: Transport;
  readonly ports: Readonly<
    Partial<Record<ServiceName, { readonly grpc?: number; readonly ops?: number }>>
  >;
  /** Take a run up, where only runs of the caller's own are. */
  want(runId: string): void;
};

const ALL: readonly ServiceName[] = ["state", "registry", "executor", "gateway"];

/** Start services in one process: they call each other directly, and those that run elsewhere by their address. */
export async function startMesh(init: MeshInit): Promise<Mesh> {
  const opened: AsyncDisposable[] = [];
  const keep = <T extends AsyncDisposable>(one: T): T => {
    opened.unshift(one);
    return one;
  };
  const close = async (): Promise<void> => {
    for (const one of opened.splice(0)) {
      await one[Symbol.asyncDispose]();
    }
  };
  try {
    const { gateway, executor, ports } = await startServices(init, keep);
    return {
      get transport() {
        if (gateway === undefined) {
          throw new Error("the gateway runs elsewhere; call it by its address");
        }
        return gateway.transport;
      },
      ports,
      want: (runId) => executor?.want(runId),
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

type Keep = <T extends AsyncDisposable>(one: T) => T;

async function startServices(init: MeshInit, keep: Keep) {
  const { settings, telemetry, listen, services = ALL, own } = init;
  const has = (name: ServiceName): boolean => services.includes(name);
  const open = async <T extends AsyncDisposable>(
    name: ServiceName,
    start: () => Promise<T>,
  ): Promise<T | undefined> => (has(name) ? keep(await start()) : undefined);

  const shared = { telemetry, listen, ...keep(await openStores(settings, services)).parts };
  const state = await open("state", () => startState(stateConfig(settings), shared));
  const registry = await open("registry", () => startRegistry(registryConfig(settings), shared));
  const peers = { telemetry, listen, ...peersOf(state, registry) };
  const only = own === undefined ? {} : { takesAny: false, workspace: own.workspace };
  const executor = await open("executor", () =>
    startExecutor(executorConfig(settings), { ...peers, ...only }),
  );
  const edge = { ...peers, ...requirementOf(executor), compilesHere: own !== undefined };
  const gateway = await open("gateway", () => startGateway(gatewayConfig(settings), edge));
  const opened = { state, registry, executor, gateway };
  const ports = Object.fromEntries(
    Object.entries(opened).flatMap(([name, one]) => (one === undefined ? [] : [[name, one.ports]])),
  );
  return { gateway, executor, ports };
}

/** How to call the peers of this process; those that run elsewhere are left out. */
function peersOf(state: Called | undefined, registry: Called | undefined) {
  return {
    ...(state === undefined ? {} : { state: state.transport }),
    ...(registry === undefined ? {} : { registry: registry.transport }),
  };
}

type Called = { readonly transport: Transport };

/** Runs that work in a folder of this process can only be taken up by a process that has it. */
function requirementOf(executor: { readonly workspaceOffer: string | undefined } | undefined) {
  const offer = executor?.workspaceOffer;
  return offer === undefined ? {} : { runRequires: [offer] };
}
