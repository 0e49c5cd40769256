import { clientInterceptors, openGrpcTransport, type OpenTransport } from "@orchestrator/rpc-node";

import type { ServiceName, Settings } from "./settings/settings.ts";

export type PeerOptions = {
  readonly settings: Settings;
  /** Who calls. */
  readonly self: ServiceName;
  /** In the place of the peer's address in the settings. */
  readonly address?: string;
};

/** Opens the connections to another service of the mesh. */
export function openPeer(
  name: ServiceName,
  { settings, self, address }: PeerOptions,
): OpenTransport {
  const { meshSecret } = settings.security;
  return openGrpcTransport(address ?? settings.services[name].address, {
    interceptors: clientInterceptors({
      credentials:
        meshSecret === undefined
          ? { kind: "none" }
          : { kind: "mesh", service: self, secret: meshSecret.reveal() },
    }),
  });
}
