import type { AttemptFence } from "./run-channel.ts";
import type { RunHostStatus } from "./run-host.ts";

/** Everything that a handler may touch. Made once, in start.ts or in a test. */
export type Deps = {
  readonly session: {
    readonly status: {
      readonly sessionId: bigint;
      readonly heldRuns: number;
      readonly isDraining: boolean;
    };
  };
  readonly host: RunHostStatus;
  readonly lease: AttemptFence;
  readonly offers: readonly string[];
  readonly capacity: number;
};
