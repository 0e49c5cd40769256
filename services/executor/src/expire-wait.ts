import { idOf, type Instance } from "@orchestrator/pipeline";

import type { RunStore } from "./run-channel.ts";

/** Puts into the inbox that the time of a wait is over; what comes out of it then may be an answer that was there before. */
export async function expireWait(
  instance: Instance,
  {
    namespace,
    runId,
    store,
  }: { readonly namespace: string; readonly runId: Uint8Array; readonly store: RunStore },
  signal: AbortSignal,
): Promise<void> {
  const { attempts: attempt } = instance.record;
  await store.expireWait({ namespace, runId, step: idOf(instance), attempt }, signal);
}
