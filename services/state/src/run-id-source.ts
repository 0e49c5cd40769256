/** Where the bits of a run's id come from. */
export type RunIdSourceOptions = {
  /** The database's time in milliseconds since 1970. */
  readonly nowMs: () => number;
  readonly randomBytes: (count: number) => Uint8Array;
  /** The cell that the ids belong to; it stands in their last 16 bits. */
  readonly cell: number;
};

/** Ids that one draw of random bytes serves. */
const POOL_IDS = 256;
const RANDOM_PER_ID = 6;
/** A millisecond has this many ids, then the next one is used ahead of time. */
const IDS_PER_MS = 0x1000;

/**
 * Makes UUIDv7: 48 bits of database time, a counter of 12 within the millisecond, 46 random bits, and 16 for the cell.
 * Ids of one source grow, so a run that was accepted later sorts later.
 */
export function createRunIdSource({
  nowMs,
  randomBytes,
  cell,
}: RunIdSourceOptions): () => Uint8Array {
  let ms = 0;
  let counter = 0;
  let pool: Uint8Array = new Uint8Array();
  let at = 0;
  return () => {
    const now = Math.floor(nowMs());
    if (now > ms) {
      ms = now;
      counter = 0;
    } else if (counter === IDS_PER_MS) {
      ms += 1;
      counter = 0;
    }
    if (at + RANDOM_PER_ID > pool.length) {
      pool = randomBytes(POOL_IDS * RANDOM_PER_ID);
      at = 0;
    }
    const id = Buffer.alloc(16);
    id.writeUIntBE(ms, 0, 6);
    id.writeUInt16BE(0x7000 | counter, 6);
    id.set(pool.subarray(at, at + RANDOM_PER_ID), 8);
    id.writeUInt8(0x80 | (id.readUInt8(8) & 0x3f), 8);
    id.writeUInt16BE(cell, 14);
    counter += 1;
    at += RANDOM_PER_ID;
    return id;
  };
}
