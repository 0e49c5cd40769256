import { hash } from "node:crypto";

/** How many runs are held and a hash over them, kept up to date as they come and go: what heartbeats carry. */
export class HeldTable {
  #count = 0;
  #sum = 0n;

  get count(): number {
    return this.#count;
  }

  /** Sum modulo 2^64 of the first 8 bytes of SHA-256(run id, epoch) over the held pairs. */
  get hash(): bigint {
    return this.#sum;
  }

  add(runId: Uint8Array, epoch: number): void {
    this.#count += 1;
    this.#sum = BigInt.asUintN(64, this.#sum + hashOf(runId, epoch));
  }

  remove(runId: Uint8Array, epoch: number): void {
    this.#count -= 1;
    this.#sum = BigInt.asUintN(64, this.#sum - hashOf(runId, epoch));
  }
}

function hashOf(runId: Uint8Array, epoch: number): bigint {
  const bytes = Buffer.alloc(runId.length + 4);
  bytes.set(runId);
  bytes.writeUInt32BE(epoch, runId.length);
  return hash("sha256", bytes, "buffer").readBigUInt64BE();
}
