import type { DescMethod } from "@bufbuild/protobuf";
import type { Transport } from "@connectrpc/connect";
import type { EdgeRoutes, Router } from "@orchestrator/rpc-node";

import type { Component } from "./health/component.ts";
import type { ServiceName, Settings } from "./settings/settings.ts";
import type { Telemetry } from "./telemetry/telemetry.ts";

/** What a service offers. */
export type ServiceSurface = {
  readonly routes: (router: Router) => void;
  /** Methods whose handlers check their messages themselves: the hot streams of the mesh. */
  readonly unchecked?: readonly DescMethod[];
  /** Serves clients from outside: Connect, gRPC-Web and HTTP beside gRPC, on `server.port`. */
  readonly edge?: { readonly http: EdgeRoutes };
};

export type ServiceInit = {
  readonly name: ServiceName;
  readonly settings: Settings;
  readonly telemetry: Telemetry;
  readonly surface: ServiceSurface;
  readonly components: readonly Component[];
  readonly listen: Listen;
};

/** Whether a service is reached by sockets: not at all, as configured, or on free ports of this machine. */
export type Listen = "nothing" | "configured" | "ephemeral";

/** A service that runs. Disposing says NOT_SERVING, drains, and closes its ports. */
export type OpenService = AsyncDisposable & {
  /** Absent when it does not listen. */
  readonly ports: { readonly grpc?: number; readonly ops?: number };
  /** Calls it within this process, as a member of the mesh. */
  readonly transport: Transport;
  /** Stop saying that it serves, before it is disposed of. */
  drain(): void;
};
export declare function openService(init: ServiceInit): Promise<OpenService>;
