import type { StoreTrouble } from "./append.ts";
import type { Run } from "./run.ts";

/** A run to accept, as it was asked for. */
export type Creation = {
  readonly namespace: string;
  readonly requestId: string;
  /** 8 bytes over what was asked for, big endian. */
  readonly requestDigest: Uint8Array;
  readonly documentHash: Uint8Array;
  readonly planVersion: number;
  readonly pipeline: string;
  readonly pipelineVersion: number;
  readonly createdPayload: Uint8Array;
  readonly labels: Readonly<Record<string, string>>;
  readonly priority: number;
  readonly requires: readonly string[];
  readonly traceparent: string;
};

/** A creation with what was decided here. */
export type NewRun = Creation & {
  readonly runId: Uint8Array;
  /** The session that is to have it at once; 0 for none. */
  readonly sessionId: number;
  /** Set when the first event's payload is too large for its row. */
  readonly payloadHash: Uint8Array | undefined;
};

/** What became of a creation. */
export type CreationOutcome =
  | { readonly kind: "created"; readonly run: Run }
  | { readonly kind: "repeated"; readonly run: Run }
  | { readonly kind: "conflict"; readonly run: Run }
  | { readonly kind: "unknown_definition" }
  | { readonly kind: "unavailable"; readonly message: string }
  | { readonly kind: "invalid"; readonly message: string };

/** The run that a request made, with the digest of what was asked for. */
export type EarlierRun = {
  readonly namespace: string;
  readonly requestId: string;
  readonly digest: bigint;
  readonly run: Run;
};

/** Where runs are created. */
export interface CreationStore {
  /** Stores each creation with its request and first event, unless its request came before or its plan is not there. */
  create(batch: readonly NewRun[]): Promise<
    | {
        readonly kind: "done";
        readonly atUs: number;
        readonly notCreated: readonly Uint8Array[];
        /** Created as ready, since the session is not live. */
        readonly notAssigned: readonly Uint8Array[];
      }
    | StoreTrouble
  >;
  /** What the requests of these made before. */
  earlier(
    requests: readonly Pick<Creation, "namespace" | "requestId">[],
  ): Promise<{ readonly kind: "done"; readonly runs: readonly EarlierRun[] } | StoreTrouble>;
}
