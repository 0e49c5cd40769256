import cluster from "node:cluster";

import type { Registry } from "prom-client";

import { readToWorker, type ToPrimary } from "./messages.ts";

/** A worker's place among its like. Disposing leaves nothing behind but the process. */
export type Membership = Disposable & {
  /** Says that this worker serves. */
  ready(): void;
  /** The metrics of all workers. */
  metrics(): Promise<string>;
};

const METRICS_LIMIT_MS = 5_000;

/** Takes part where this process is a worker; undefined where it is alone. */
export function joinWorkers(registry: Registry): Membership | undefined {
  const { worker } = cluster;
  if (worker === undefined) {
    return undefined;
  }
  const waiting = new Map<number, (text: string) => void>();
  let lastId = 0;
  const hear = (raw: unknown): void => {
    const message = readToWorker(raw);
    if (message?.kind === "metrics_asked") {
      const { id } = message;
      registry.getMetricsAsJSON().then(
        (metrics) => tell({ kind: "metrics", id, metrics }),
        () => undefined, // Then the primary does without them.
      );
    } else if (message?.kind === "metrics_merged") {
      waiting.get(message.id)?.(message.text);
    }
  };
  process.on("message", hear);
  return {
    ready: () => tell({ kind: "ready" }),
    metrics() {
      const id = ++lastId;
      return new Promise((resolve, reject) => {
        const limit = setTimeout(() => {
          waiting.delete(id);
          reject(new Error("the primary process did not merge the metrics in time"));
        }, METRICS_LIMIT_MS);
        waiting.set(id, (text) => {
          clearTimeout(limit);
          waiting.delete(id);
          resolve(text);
        });
        tell({ kind: "metrics_wanted", id });
      });
    },
    [Symbol.dispose]: () => void process.off("message", hear),
  };
}

/** A primary that is gone hears nothing any more; this process ends with it anyway. */
function tell(message: ToPrimary): void {
  process.send?.(message, undefined, undefined, () => undefined);
}
