import type { Client } from "@connectrpc/connect";
import { instancesOf, type RunState } from "@orchestrator/pipeline";
import type { StateService } from "@orchestrator/proto/state/v1/state_pb";

import { readBlob } from "./run-history.ts";

/** Of results that are put back into one document, in all; those beyond it stay where they are (L178). */
const MAX_BYTES = 12 << 20;

/** Puts results that are stored apart back into the fold of a run, in plan order, as far as a message has room. */
export async function inlineResults(
  state: Client<typeof StateService>,
  { namespace, folded }: { namespace: string; folded: RunState },
  signal: AbortSignal,
): Promise<void> {
  let left = MAX_BYTES;
  for (const { record } of instancesOf(folded)) {
    const { result } = record;
    if (result === undefined || !("blob" in result) || result.blob.size > left) {
      continue;
    }
    left -= result.blob.size;
    const hash = Uint8Array.from(Buffer.from(result.blob.sha256, "hex"));
    const bytes = await readBlob(state, { namespace, hash }, signal);
    record.result = { inline: JSON.parse(Buffer.from(bytes).toString("utf8")) };
  }
}
