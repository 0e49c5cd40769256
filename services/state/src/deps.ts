import type { AssignmentStore } from "./assignment.ts";
import type { BlobStore } from "./blob.ts";
import type { CommitLane } from "./commit-lane.ts";
import type { CreationLane } from "./creation-lane.ts";
import type { DefinitionStore } from "./definition.ts";
import type { RunReader, SnapshotStore } from "./event.ts";
import type { StateEvents } from "./events.ts";
import type { Heartbeats } from "./heartbeats.ts";
import type { LinkTable } from "./link-table.ts";
import type { InboxStore } from "./message.ts";
import type { PipelineStore } from "./pipeline.ts";
import type { SecretBox } from "./secret-box.ts";
import type { SecretStore } from "./secret.ts";
import type { SessionStore } from "./session.ts";
import type { WaitReader } from "./wait.ts";
import type { WatchHub } from "./watch-hub.ts";

/** Everything that a handler may touch. Made once, in start.ts or in a test. */
export type Deps = {
  readonly definitions: DefinitionStore;
  readonly pipelines: PipelineStore;
  readonly secrets: SecretStore;
  /** Absent where no key is set: then no secret is stored or read. */
  readonly secretBox: SecretBox | undefined;
  readonly runs: RunReader;
  readonly snapshots: SnapshotStore;
  readonly blobs: BlobStore;
  readonly inbox: InboxStore;
  readonly waits: WaitReader;
  readonly sessions: SessionStore;
  readonly assignments: Pick<AssignmentStore, "liveSession">;
  readonly creations: Pick<CreationLane, "push">;
  readonly lane: Pick<CommitLane, "room">;
  readonly links: Pick<LinkTable, "open" | "close">;
  readonly heartbeats: Pick<Heartbeats, "open">;
  readonly watches: Pick<WatchHub, "open">;
  /** A message was stored: whoever carries the run, here or elsewhere, should look. */
  readonly messageStored: (runId: Uint8Array) => void;
  /** Runs are ready and have no holder. */
  readonly runsReady: () => void;
  readonly events: StateEvents;
  /** Starts work that nobody awaits. */
  readonly background: (name: string, work: () => Promise<void>) => void;
  /** Aborted when this replica ends: streams end with it. */
  readonly stop: AbortSignal;
  readonly leaseMs: number;
  readonly maxBlobBytes: number;
};
