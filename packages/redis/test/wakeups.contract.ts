import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import type { Wakeups } from "../src/index.ts";

/** What holds for hints, whatever carries them. `open` gives ends that reach each other, which may be the same. */
export function describeWakeups(
  name: string,
  open: () => Promise<AsyncDisposable & { readonly here: Wakeups; readonly there: Wakeups }>,
): void {
  describe(`wake-ups through ${name}`, () => {
    let ends: Awaited<ReturnType<typeof open>>;
    before(async () => {
      ends = await open();
    });
    after(async () => {
      await ends[Symbol.asyncDispose]();
    });

    it("reach every subscriber of the channel, and no other", async () => {
      const heard: string[] = [];
      await using one = await ends.here.subscribe("reach", (payload) => heard.push(`1 ${payload}`));
      await using two = await ends.there.subscribe("reach", (payload) =>
        heard.push(`2 ${payload}`),
      );
      await using other = await ends.there.subscribe("other", (payload) => heard.push(payload));
      ends.here.publish("reach", "hint");
      await until(() => heard.length === 2);
      assert.deepEqual(heard.toSorted(), ["1 hint", "2 hint"]);
      void [one, two, other];
    });

    it("keep their order, and become one where they are equal", async () => {
      const heard: string[] = [];
      await using subscription = await ends.there.subscribe("order", (payload) =>
        heard.push(payload),
      );
      for (const payload of ["a", "b", "a", "a", "c"]) ends.here.publish("order", payload);
      await until(() => heard.includes("c"));
      assert.deepEqual(heard, ["a", "b", "c"]);
      ends.here.publish("order", "a");
      await until(() => heard.length === 4);
      void subscription;
    });

    it("end with the subscription, and not with another of the same channel", async () => {
      const heard: string[] = [];
      const onPayload = (payload: string) => heard.push(payload);
      const first = await ends.there.subscribe("end", onPayload);
      await using second = await ends.there.subscribe("end", onPayload);
      await first[Symbol.asyncDispose]();
      ends.here.publish("end", "x");
      await until(() => heard.length > 0);
      assert.deepEqual(heard, ["x"]);
      void second;
    });

    it("reach the others when one subscriber throws", async () => {
      const heard: string[] = [];
      await using bad = await ends.there.subscribe("throw", () => {
        throw new Error("no");
      });
      await using good = await ends.there.subscribe("throw", (payload) => heard.push(payload));
      ends.here.publish("throw", "x");
      await until(() => heard.length === 1);
      void [bad, good];
    });

    it("lose none while all is well", async () => {
      await ends.here.ping();
      assert.equal(ends.here.healthy, true);
      assert.equal(ends.here.lost, 0);
    });

    it("count what has no room", async () => {
      const before = ends.here.lost;
      for (let index = 0; index < 10_050; index += 1) ends.here.publish("room", String(index));
      assert.equal(ends.here.lost, before + 50);
    });
  });
}

/** Waits for what comes at a time of its own; the runner's limit ends it otherwise. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) {
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
