import { createClient, type Transport } from "@connectrpc/connect";
import { StateService } from "@orchestrator/proto/state/v1/state_pb";
import { openRateLimit, type RateLimit } from "@orchestrator/redis";
import {
  type Component,
  type Listen,
  openPeer,
  openService,
  openTelemetry,
  type Settings,
  type Telemetry,
} from "@orchestrator/service";

import { CreationStream } from "./adapters/creation-stream.ts";
import { Definitions } from "./adapters/definitions.ts";
import { directCompiler } from "./adapters/direct-compiler.ts";
import { ThreadCompiler } from "./adapters/thread-compiler.ts";
import { WatchStream } from "./adapters/watch-stream.ts";
import type { Config } from "./config.ts";
import { routes } from "./routes.ts";

export { type Config, configFromSettings } from "./config.ts";

/** What a test or the mesh may put in the place of the real thing; what is handed over is not closed here. */
export type Overrides = {
  readonly telemetry?: Telemetry;
  readonly listen?: Listen;
  /** State in this process. */
  readonly state?: Transport;
  /** What runs must find at their executor beside what their plan requires. */
  readonly runRequires?: readonly string[];
  /** True in a process that serves nobody else meanwhile: no thread is started for the compiler. */
  readonly compilesHere?: boolean;
};

/** A gateway that runs. */
export type GatewayServer = AsyncDisposable & {
  readonly ports: { readonly grpc?: number; readonly ops?: number };
  /** Calls it within this process. */
  readonly transport: Transport;
};

/** Starts the gateway. Disposing says NOT_SERVING, drains, then closes what was opened here. */
export async function startGateway(
  config: Config,
  overrides: Overrides = {},
): Promise<GatewayServer> {
  const { settings } = config;
  const opened: (AsyncDisposable | Disposable)[] = [];
  const own: Own = (resource) => {
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
      own(await openTelemetry(settings, { service: "orchestrator-gateway" }));
    const transport =
      overrides.state ?? own(openPeer("state", { settings, telemetry, self: "gateway" }));
    const state = createClient(StateService, transport);
    const compiler = own(overrides.compilesHere === true ? directCompiler() : new ThreadCompiler());
    const deps = {
      state,
      creations: own(new CreationStream(state)),
      watches: own(new WatchStream(state)),
      compiler,
      definitions: new Definitions(state, compiler),
      runRequires: overrides.runRequires ?? [],
    };
    const { callLimit, components } = await openCallLimit(settings, own);
    const service = own(
      await openService({
        name: "gateway",
        settings,
        telemetry,
        surface: { routes: routes(deps), edge: { http: [] }, callLimit },
        components: [stateComponent(state), ...components],
        listen: overrides.listen ?? "configured",
      }),
    );
    return { ports: service.ports, transport: service.transport, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

type Own = <T extends AsyncDisposable | Disposable>(resource: T) => T;

/** How often callers may call, if that is limited; the Redis that it is counted in is none that anything needs. */
async function openCallLimit({ redis, security }: Settings, own: Own) {
  const { enabled, requestsPerMinute } = security.rateLimiting;
  if (!enabled) {
    return { callLimit: undefined, components: [] };
  }
  const limit: RateLimit = own(
    await openRateLimit({ requestsPerMinute, url: redis?.url.reveal() }),
  );
  const component: Component = { name: "redis", required: false, check: () => limit.ping() };
  return {
    callLimit: { requestsPerMinute, take: (caller: string) => limit.take(caller) },
    components: redis === undefined ? [] : [component],
  };
}

const CHECK_LIMIT_MS = 2_000;

/** Without state nothing is accepted. */
function stateComponent(state: ReturnType<typeof createClient<typeof StateService>>): Component {
  return {
    name: "state",
    required: true,
    async check(signal) {
      await state.listSessions({ limit: 1 }, { signal, timeoutMs: CHECK_LIMIT_MS });
    },
  };
}
