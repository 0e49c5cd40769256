/** Bytes of one frame: far below what a message may carry, so that what is behind it does not wait long. */
const FRAME_BYTES = 2 << 20;

/**
 * Parts what is to be sent into frames, in order: no message of the mesh may be larger than the transport carries, or the
 * stream breaks, and would again with what it had to say. An item that is larger than a frame goes alone.
 */
export function frameParts<T>(
  items: readonly T[],
  bytesOf: (item: T) => number,
): readonly (readonly T[])[] {
  const parts: (readonly T[])[] = [];
  let first = 0;
  let bytes = 0;
  for (const [index, item] of items.entries()) {
    const size = bytesOf(item);
    if (index > first && bytes + size > FRAME_BYTES) {
      parts.push(items.slice(first, index));
      first = index;
      bytes = 0;
    }
    bytes += size;
  }
  if (first < items.length) {
    parts.push(first === 0 ? items : items.slice(first));
  }
  return parts;
}
