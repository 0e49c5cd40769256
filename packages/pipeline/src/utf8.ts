/** Bytes that small texts are written to side by side: memory of its own for each of them costs more than the text. */
const SLAB_BYTES = 16 * 1024;
const MAX_SMALL_LENGTH = 1_024;
/** UTF-8 takes up to three bytes for each unit of a string. */
const BYTES_PER_UNIT = 3;

const encoder = new TextEncoder();
let slab = new Uint8Array(SLAB_BYTES);
let used = 0;

/** A text in UTF-8. Small ones share their memory, so that nobody may write to it or keep one for long. */
export function utf8From(text: string): Uint8Array {
  if (text.length > MAX_SMALL_LENGTH) {
    return encoder.encode(text);
  }
  if (slab.length - used < text.length * BYTES_PER_UNIT) {
    slab = new Uint8Array(SLAB_BYTES);
    used = 0;
  }
  const { written } = encoder.encodeInto(text, slab.subarray(used));
  const bytes = slab.subarray(used, used + written);
  used += written;
  return bytes;
}
