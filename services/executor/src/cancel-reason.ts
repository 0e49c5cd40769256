/** Why a run is cancelled, as the message that cancels it says. */
export function cancelReason(payload: Uint8Array): string {
  const { reason = "" }: { reason?: string } = JSON.parse(
    payload.length === 0 ? "{}" : Buffer.from(payload).toString("utf8"),
  );
  return reason;
}
