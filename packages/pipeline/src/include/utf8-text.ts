/** The text of bytes that are UTF-8, without a byte order mark; `undefined` for others. */
export function utf8Text(content: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(content);
  } catch {
    return undefined; // A decoder of this kind throws for nothing else.
  }
}
