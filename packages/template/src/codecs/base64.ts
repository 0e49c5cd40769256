/** A text in UTF-8 and base64. */
export function base64(text: string): string {
  const bytes = new TextEncoder().encode(text);
  let units = "";
  for (const byte of bytes) units += String.fromCharCode(byte);
  return btoa(units);
}

/** The text that base64 holds; null when it is none, or no UTF-8. */
export function fromBase64(encoded: string): string | null {
  try {
    const bytes = Uint8Array.from(atob(encoded), (unit) => unit.charCodeAt(0));
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    // Both decoders tell bad input only by throwing.
    return null;
  }
}
