/** True when the JSON of a value has more bytes than this. The common small value is told without writing it. */
export function isLargerThan(value: unknown, bytes: number): boolean {
  return sizeBound(value) > bytes && Buffer.byteLength(JSON.stringify(value)) > bytes;
}

/** Entries of an object that are looked at; of a larger one the JSON is written. */
const MAX_ENTRIES = 64;

/** More bytes than the value's JSON can have, or infinity where that is not easily said. */
function sizeBound(value: unknown): number {
  if (typeof value === "string") {
    // An escaped character takes at most six.
    return 6 * value.length + 2;
  }
  if (typeof value !== "object" || value === null) {
    return 32;
  }
  const entries = Object.entries(value);
  const isFlat = entries.every(([, each]) => typeof each !== "object" || each === null);
  return isFlat && entries.length <= MAX_ENTRIES
    ? entries.reduce((sum, [key, each]) => sum + 6 * key.length + 4 + sizeBound(each), 2)
    : Infinity;
}
