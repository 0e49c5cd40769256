import { once } from "node:events";

import { openWorker } from "@orchestrator/service";

import type { HeartbeatListener } from "./heartbeats.ts";
import { type ReadVitals, shareVitals, writeVitals } from "./shared-vitals.ts";

/** What the thread is given. */
export type HeartbeatJob = {
  readonly endpoints: readonly string[];
  readonly meshSecret: string | undefined;
  readonly sessionId: bigint;
  readonly intervalMs: number;
  readonly vitals: SharedArrayBuffer;
};

/** What the thread says. */
export type HeartbeatNews =
  | { readonly kind: "acknowledged"; readonly sentAtMs: number }
  | { readonly kind: "reconcile" }
  | { readonly kind: "unheard" }
  | { readonly kind: "dead" };

const TICK_MS = 250;

/**
 * Keep a session alive from a thread with connections of its own, so that a main loop that is busy does not lose it;
 * how long it has been busy is told with every beat (architecture 4.4).
 */
export async function keepAliveInThread(
  job: Omit<HeartbeatJob, "vitals">,
  listener: HeartbeatListener,
  { vitals, signal }: { vitals: ReadVitals; signal: AbortSignal },
): Promise<void> {
  const shared = shareVitals();
  const tick = (): void => writeVitals(shared, vitals());
  tick();
  const ticking = setInterval(tick, TICK_MS);
  const worker = openWorker("./heartbeat-worker", {
    from: import.meta.url,
    name: "heartbeats",
    workerData: { ...job, vitals: shared } satisfies HeartbeatJob,
  });
  worker.on("message", (news: HeartbeatNews) => tell(news, listener));
  const stop = (): void => worker.postMessage("stop");
  signal.addEventListener("abort", stop, { once: true });
  try {
    await once(worker, "exit");
  } finally {
    signal.removeEventListener("abort", stop);
    clearInterval(ticking);
  }
}

function tell(news: HeartbeatNews, listener: HeartbeatListener): void {
  switch (news.kind) {
    case "acknowledged":
      listener.acknowledged(news.sentAtMs);
      return;
    case "reconcile":
      listener.reconcile();
      return;
    case "unheard":
      listener.unheard();
      return;
    case "dead":
      listener.dead();
  }
}
