/** A run's id as text. */
export function runIdText(runId: Uint8Array): string {
  const hex = Buffer.from(runId.buffer, runId.byteOffset, runId.byteLength).toString("hex");
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join("-");
}

/** The bytes of a run's id. */
export function runIdBytes(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll("-", ""), "hex"));
}
