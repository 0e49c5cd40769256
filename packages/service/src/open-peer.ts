import {
  clientInterceptors,
  codeName,
  openGrpcTransport,
  type OpenTransport,
} from "@orchestrator/rpc-node";

import type { ServiceName, Settings } from "./settings/settings.ts";
import type { Telemetry } from "./telemetry/telemetry.ts";

export type PeerOptions = {
  readonly settings: Settings;
  readonly telemetry: Telemetry;
  /** Who calls. */
  readonly self: ServiceName;
  /** In the place of the peer's address in the settings. */
  readonly address?: string;
};

/** Opens the connections to another service of the mesh. */
export function openPeer(
  name: ServiceName,
  { settings, telemetry, self, address }: PeerOptions,
): OpenTransport {
  const { meshSecret } = settings.security;
  return openGrpcTransport(address ?? settings.services[name].address, {
    interceptors: clientInterceptors({
      tracing: settings.monitoring.tracing.enabled,
      onRetry: (method, code) =>
        telemetry.log.debug("peer_call_retried", { peer: name, method, code: codeName(code) }),
      credentials:
        meshSecret === undefined
          ? { kind: "none" }
          : { kind: "mesh", service: self, secret: meshSecret.reveal() },
    }),
  });
}
