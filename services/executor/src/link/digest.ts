import type { OutgoingEvent } from "../run-channel.ts";

/** Bytes that the digest of one event takes. */
export const DIGEST_BYTES = 8;

/**
 * Digests of the events of one append, 8 bytes each: every one covers the append's id, the event's place and content,
 * and the digest before it, so that an append that is sent again is recognised by its last digest (architecture 4.3).
 *
 * Not cryptographic: the id already tells appends of different holders apart, content is covered to find damage.
 */
export function digestsOf(
  events: readonly OutgoingEvent[],
  { appendId, fromSeq }: { appendId: AppendId; fromSeq: number },
): Uint8Array {
  const bytes = new Uint8Array(DIGEST_BYTES * events.length);
  let [high, low] = appendId;
  let at = 0;
  let seq = fromSeq;
  for (const event of events) {
    seq += 1;
    high = mixed(high ^ low, seq);
    low = mixed(low ^ high, event.kind ^ (event.version << 8) ^ (event.attempt << 16));
    for (let i = 0; i < event.step.length; i++) {
      high = mixed(high, event.step.charCodeAt(i));
    }
    for (const byte of event.payload) {
      low = mixed(low, byte);
    }
    for (const byte of event.blobHash ?? NOTHING) {
      low = mixed(low, byte);
    }
    high = avalanche(high ^ low);
    low = avalanche(low ^ high);
    writeUint32(bytes, at, high);
    writeUint32(bytes, at + 4, low);
    at += DIGEST_BYTES;
  }
  return bytes;
}

/** Big-endian. A DataView would take the few bytes of a digest out of the heap, which costs more than the digest. */
function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

/** 64 bits that no other append has, as two halves. */
export type AppendId = readonly [number, number];

const NOTHING = new Uint8Array();

function mixed(hash: number, word: number): number {
  return Math.imul(hash ^ word, 0x5bd1_e995) ^ (hash >>> 15);
}

function avalanche(hash: number): number {
  const once = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2_ae35);
  return twice ^ (twice >>> 16);
}
