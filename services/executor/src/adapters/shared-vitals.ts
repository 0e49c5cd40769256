import type { Vitals } from "./heartbeats.ts";

/** Reads what a heartbeat says. */
export type ReadVitals = () => Vitals;

const WORDS = 3;

/** Memory that both threads see: count, hash, and when the main loop last wrote them. */
export function shareVitals(): SharedArrayBuffer {
  return new SharedArrayBuffer(WORDS * BigInt64Array.BYTES_PER_ELEMENT);
}

/** Written by the main loop, so that its time of writing is its last turn. */
export function writeVitals(shared: SharedArrayBuffer, { heldCount, heldHash }: Vitals): void {
  const words = new BigUint64Array(shared);
  Atomics.store(words, 0, BigInt(heldCount));
  Atomics.store(words, 1, heldHash);
  Atomics.store(words, 2, process.hrtime.bigint());
}

/** Read by the thread of the heartbeats. */
export function readVitals(shared: SharedArrayBuffer): Vitals & { readonly lagMs: number } {
  const words = new BigUint64Array(shared);
  return {
    heldCount: Number(Atomics.load(words, 0)),
    heldHash: Atomics.load(words, 1),
    lagMs: Number(process.hrtime.bigint() - Atomics.load(words, 2)) / 1e6,
  };
}
