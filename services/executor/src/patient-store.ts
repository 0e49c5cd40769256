import { retrying, type RetryOptions } from "./retrying.ts";
import type { RunStore } from "./run-channel.ts";

/** Makes every call of a store wait for one that cannot be reached, until the caller's signal ends it. */
export function patientStore(
  store: RunStore,
  { clock, troubled }: Pick<RetryOptions, "clock" | "troubled">,
): RunStore {
  const patiently = <T>(
    work: (signal: AbortSignal) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T> => retrying(work, { clock, signal, troubled });
  return {
    plan: (run, signal) => patiently((using) => store.plan(run, using), signal),
    events: (run, signal) => store.events(run, signal),
    bundle: (run, signal) => patiently((using) => store.bundle(run, using), signal),
    expireWait: (wait, signal) => patiently((using) => store.expireWait(wait, using), signal),
    putBlob: (blob, signal) => patiently((using) => store.putBlob(blob, using), signal),
    putFile: (file, signal) => patiently((using) => store.putFile(file, using), signal),
    getBlob: (blob, signal) => patiently((using) => store.getBlob(blob, using), signal),
    getFile: (blob, signal) => patiently((using) => store.getFile(blob, using), signal),
    snapshot: (run, version, signal) =>
      patiently((using) => store.snapshot(run, version, using), signal),
    putSnapshot: (snapshot, signal) =>
      patiently((using) => store.putSnapshot(snapshot, using), signal),
  };
}
