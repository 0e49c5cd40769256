import type { Sealed } from "./secret-box.ts";

/** A stored secret without its value. */
export type StoredSecret = {
  readonly name: string;
  readonly keyId: Uint8Array;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

/** A secret as an attempt needs it. */
export type SealedSecret = Sealed & { readonly namespace: string; readonly name: string };

/** Who holds a run: only he is given secrets. */
export type Holding = {
  readonly runId: Uint8Array;
  readonly sessionId: number;
  readonly epoch: number;
};

/** What became of a secret to store. */
export type SecretSetting =
  /** Without a secret when a repeated request finds that it was deleted since. */
  | { readonly kind: "stored"; readonly secret: StoredSecret | undefined }
  | { readonly kind: "request_id_reused" }
  | { readonly kind: "full" };

/** What became of a secret to delete. */
export type SecretDeletion = { readonly kind: "deleted" | "request_id_reused" | "unknown" };

/** Secrets that a namespace may have. */
export const MAX_SECRETS = 1_000;

/** Where secrets are kept, encrypted. */
export interface SecretStore {
  /** Stores a value, once for each request id; `digest` tells requests apart. */
  set(
    secret: SealedSecret & { readonly requestId: string; readonly digest: bigint },
  ): Promise<SecretSetting>;
  list(page: {
    readonly namespace: string;
    readonly limit: number;
    readonly afterName: string;
  }): Promise<readonly StoredSecret[]>;
  delete(request: {
    readonly namespace: string;
    readonly name: string;
    readonly requestId: string;
  }): Promise<SecretDeletion>;
  /** The names that exist, of these. */
  existing(namespace: string, names: readonly string[]): Promise<readonly string[]>;
  /** Those of these names that exist in the namespace of a run; `undefined` when it is not held so. */
  forHolder(
    holding: Holding,
    names: readonly string[],
  ): Promise<readonly SealedSecret[] | undefined>;
}
