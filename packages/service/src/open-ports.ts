import type { Admission } from "@orchestrator/rpc";
import {
  type EdgeRoutes,
  isLoopback,
  type Listening,
  serveEdge,
  serveGrpc,
  type Surface,
} from "@orchestrator/rpc-node";

import { openServices } from "./admission.ts";
import { exposureProblems } from "./exposure.ts";
import { serveOps } from "./ops-server.ts";
import { PortInUse } from "./port-in-use.ts";
import { SettingsError } from "./settings/settings-error.ts";
import type { ServiceName, Settings } from "./settings/settings.ts";
import { tlsMaterial } from "./settings/tls.ts";
import type { Log } from "./telemetry/log.ts";

/** Whether a service is reached by sockets: not at all, as configured, or on free ports of this machine. */
export type Listen = "nothing" | "configured" | "ephemeral";

export type PortsInit = {
  readonly name: ServiceName;
  readonly settings: Settings;
  readonly surface: Surface;
  readonly admission: Admission;
  readonly log: Log;
  readonly listen: Listen;
  /** Also on the edge's own port. */
  readonly ops: EdgeRoutes;
  readonly edge: { readonly http: EdgeRoutes } | undefined;
};

export type OpenPorts = AsyncDisposable & {
  readonly numbers: { readonly grpc?: number; readonly ops?: number };
};

/** Opens the ports of a service: one for calls, one for operators. */
export async function openPorts(init: PortsInit): Promise<OpenPorts> {
  const { name, settings, listen } = init;
  if (listen === "nothing") {
    return { numbers: {}, async [Symbol.asyncDispose]() {} };
  }
  const configured = settings.services[name];
  const { host, port, opsHost, opsPort } =
    listen === "configured"
      ? configured
      : { host: "127.0.0.1", port: 0, opsHost: "127.0.0.1", opsPort: 0 };
  const problems = listen === "configured" ? exposureProblems(name, settings) : [];
  if (problems.length > 0) {
    throw new SettingsError(problems);
  }
  const onError = (error: unknown): void => init.log.error("ops_failed", { error });
  const calls = await named(name, { host, port }, serveCalls(init, { host, port }));
  try {
    const operators = await named(
      `${name} (ops)`,
      { host: opsHost, port: opsPort },
      serveOps(init.ops, { host: opsHost, port: opsPort, onError }),
    );
    return {
      numbers: { grpc: calls.port, ops: operators.port },
      async [Symbol.asyncDispose]() {
        // Operators see NOT_SERVING until the last call has ended.
        await calls[Symbol.asyncDispose]();
        await operators[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await calls[Symbol.asyncDispose]();
    throw error;
  }
}

function serveCalls(init: PortsInit, at: { host: string; port: number }): Promise<Listening> {
  const { settings, surface, admission, edge, log } = init;
  if (edge === undefined) {
    return serveGrpc(surface, at);
  }
  const { tls } = settings.server;
  const { cors, keysRequired } = settings.security;
  return serveEdge(surface, {
    ...at,
    tls:
      tls === undefined
        ? undefined
        : { ...tlsMaterial(tls), minVersion: tls.minVersion, ciphers: tls.ciphers },
    admission,
    openServices: openServices(settings),
    cors: cors.enabled ? cors : undefined,
    loopbackOnly: !keysRequired && isLoopback(at.host),
    http: [...init.ops, ...edge.http],
    onRouteError: (error, path) => log.error("route_failed", { path, error }),
  });
}

/** A port in use is the operator's to free: he is told which, and what wants it. */
async function named(
  what: string,
  { host, port }: { host: string; port: number },
  listening: Promise<Listening>,
): Promise<Listening> {
  try {
    return await listening;
  } catch (error) {
    if (/EADDRINUSE|address already in use/.test(String(error))) {
      throw new PortInUse(what, { host, port });
    }
    throw new Error(`${what}: cannot listen on ${host}:${port}`, { cause: error });
  }
}
