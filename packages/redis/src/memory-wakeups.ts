import { HintBatch } from "./hint-batch.ts";
import { Subscriptions } from "./subscriptions.ts";
import type { Wakeups } from "./wakeups.ts";

/** Hints among those in this process who share the object. */
export function openMemoryWakeups({
  coalesceMs,
  onError,
}: {
  coalesceMs: number;
  onError: (error: unknown) => void;
}): Wakeups {
  const subscriptions = new Subscriptions(onError);
  const batch = new HintBatch(coalesceMs, (hints) => {
    for (const { channel, payload } of hints) subscriptions.deliver(channel, payload);
  });
  let lost = 0;
  let open = true;
  return {
    healthy: true,
    get lost() {
      return lost;
    },
    publish(channel, payload) {
      if (!open || !batch.add({ channel, payload })) lost += 1;
    },
    async subscribe(channel, onPayload) {
      const subscription = subscriptions.add(channel, onPayload);
      return {
        [Symbol.asyncDispose]: async () => {
          subscription.remove();
        },
      };
    },
    async ping() {
      if (!open) throw new Error("the wake-ups were closed");
    },
    async [Symbol.asyncDispose]() {
      open = false;
      batch.flush();
    },
  };
}
