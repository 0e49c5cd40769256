import type { Transport } from "@connectrpc/connect";
import { startExecutor } from "@orchestrator/executor";
import { startGateway } from "@orchestrator/gateway";
import { startRegistry } from "@orchestrator/registry";
import type { Listen, ServiceName, Settings, Telemetry } from "@orchestrator/service";
import { startState } from "@orchestrator/state";

import { openStores } from "./stores.ts";

export type MeshInit = {
  readonly settings: Settings;
  readonly telemetry: Telemetry;
  readonly listen: Listen;
  /** All four, unless some of them run elsewhere. */
  readonly services?: readonly ServiceName[];
  readonly executor?: {
    /** False: only runs that are asked for by `want`. */
    readonly takesAny: boolean;
    /** The folder that runs of this process work in; private ones where there is none. */
    readonly workspace?: string;
  };
};

/** Services in one process. Disposing drains them, the gateway first and state last. */
export type Mesh = AsyncDisposable & {
  /** Calls the public API within this process; throws where the gateway runs elsewhere. */
  readonly transport: Transport;
  readonly ports: Readonly<
    Partial<Record<ServiceName, { readonly grpc?: number; readonly ops?: number }>>
  >;
  /** Take a run up, where not any run is taken. */
  want(runId: string): void;
};

const ALL: readonly ServiceName[] = ["state", "registry", "executor", "gateway"];

/** Start services in one process: they call each other directly, and those that run elsewhere by their address. */
export async function startMesh(init: MeshInit): Promise<Mesh> {
  const { settings, telemetry, listen, services = ALL } = init;
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
    const stores = keep(await openStores(settings, services));
    const base = { settings, telemetry, listen };
    const has = (name: ServiceName): boolean => services.includes(name);
    const state = has("state") ? keep(await startState(base, stores)) : undefined;
    const registry = has("registry") ? keep(await startRegistry(base, stores)) : undefined;
    const peers = {
      ...(state === undefined ? {} : { state: state.transport }),
      ...(registry === undefined ? {} : { registry: registry.transport }),
    };
    const executor = has("executor")
      ? keep(await startExecutor(base, { peers, ...init.executor }))
      : undefined;
    const gateway = has("gateway")
      ? keep(await startGateway(base, { peers, ...workspaceOf(executor) }))
      : undefined;
    return {
      get transport() {
        if (gateway === undefined) {
          throw new Error("the gateway runs elsewhere; call it by its address");
        }
        return gateway.transport;
      },
      ports: {
        ...(state === undefined ? {} : { state: state.ports }),
        ...(registry === undefined ? {} : { registry: registry.ports }),
        ...(executor === undefined ? {} : { executor: executor.ports }),
        ...(gateway === undefined ? {} : { gateway: gateway.ports }),
      },
      want: (runId) => executor?.want(runId),
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Runs that work in a folder of this process can only be taken up by a process that has it. */
function workspaceOf(executor: { readonly workspaceOffer: string | undefined } | undefined) {
  const offer = executor?.workspaceOffer;
  return offer === undefined ? {} : { runRequires: [offer] };
}
