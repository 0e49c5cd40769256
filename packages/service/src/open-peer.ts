import type { OpenTransport } from "@orchestrator/rpc-node";

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
export declare function openPeer(name: ServiceName, options: PeerOptions): OpenTransport;
