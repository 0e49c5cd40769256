import type { Instance, ResultValue } from "@orchestrator/pipeline";
import type { Json } from "@orchestrator/template";

import type { RunStore } from "./run-channel.ts";

/** Bytes of stored results that one run keeps in memory; the least recently used one goes first. */
const MAX_KEPT_BYTES = 64 * 1024 * 1024;

type Kept = { readonly value: Json; readonly size: number };

/** Results that are stored beside the log (L178), as far as they are in memory. */
export class StoredResults {
  readonly #store: RunStore;
  readonly #namespace: string;
  readonly #kept = new Map<string, Kept>();
  #bytes = 0;

  constructor(store: RunStore, namespace: string) {
    this.#store = store;
    this.#namespace = namespace;
  }

  /** Stores a result. */
  async put(value: Json, signal: AbortSignal): Promise<ResultValue> {
    const bytes = Buffer.from(JSON.stringify(value));
    const blob = await this.#store.putBlob(
      { namespace: this.#namespace, mediaType: "application/json", bytes },
      signal,
    );
    this.#keep(blob.sha256, { value, size: blob.size });
    return { blob };
  }

  /** Reads the stored results of steps; the reader holds all of them, whatever is dropped from memory meanwhile. */
  async reader(
    steps: readonly Instance[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, Json>> {
    const values = new Map<string, Json>();
    for (const { sha256, size } of steps.flatMap((step) => blobOf(step) ?? [])) {
      values.set(sha256, await this.#get({ sha256, size }, signal));
    }
    return values;
  }

  async #get(
    { sha256, size }: { sha256: string; size: number },
    signal: AbortSignal,
  ): Promise<Json> {
    const kept = this.#kept.get(sha256);
    if (kept !== undefined) {
      this.#kept.delete(sha256);
      this.#kept.set(sha256, kept);
      return kept.value;
    }
    const bytes = await this.#store.getBlob({ namespace: this.#namespace, sha256 }, signal);
    const value: Json = JSON.parse(Buffer.from(bytes).toString("utf8"));
    this.#keep(sha256, { value, size });
    return value;
  }

  #keep(sha256: string, kept: Kept): void {
    if (this.#kept.has(sha256)) {
      return;
    }
    this.#kept.set(sha256, kept);
    this.#bytes += kept.size;
    for (const [oldest, { size }] of this.#kept) {
      if (this.#bytes <= MAX_KEPT_BYTES) {
        return;
      }
      this.#kept.delete(oldest);
      this.#bytes -= size;
    }
  }
}

/** True when any of the steps has a result that is stored apart. */
export function readsStored(steps: readonly Instance[]): boolean {
  return steps.some((step) => blobOf(step) !== undefined);
}

function blobOf({ record: { result } }: Instance) {
  return result !== undefined && "blob" in result ? result.blob : undefined;
}
