import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { retrying } from "./retrying.ts";
import { ManualClock } from "./testing/manual-clock.ts";
import { settle } from "./testing/test-host.ts";

/** How often something is tried that fails by this until it is stopped, and what comes of it. */
async function triesOf(code: string | number) {
  const clock = new ManualClock();
  const leave = new AbortController();
  let tries = 0;
  const work = (): Promise<never> => {
    tries += 1;
    return Promise.reject(Object.assign(new Error("it failed"), { code }));
  };
  const ended = retrying(work, { clock, signal: leave.signal, troubled: () => undefined }).catch(
    (error: unknown) => (error instanceof Error ? error.message : ""),
  );
  for (let i = 0; i < 5; i++) {
    await settle();
    clock.advance(10_000);
  }
  leave.abort(new Error("stopped"));
  return { tries, ended: await ended };
}

describe("retrying", () => {
  it("tries an outage again until it is stopped", async () => {
    for (const code of [14, 4, 8, "ECONNREFUSED", "ECONNRESET", "ENOSPC", "EMFILE", "EIO"]) {
      const { tries, ended } = await triesOf(code);
      assert.deepEqual([tries, ended], [5, "stopped"], String(code));
    }
  });

  it("throws at once what would fail again: what a request or a path is", async () => {
    for (const code of [
      3,
      5,
      "ENAMETOOLONG",
      "EISDIR",
      "ENOTDIR",
      "EEXIST",
      "ENOENT",
      "ELOOP",
      "EINVAL",
      "EACCES",
      "EROFS",
      "ERR_INVALID_ARG_VALUE",
    ]) {
      assert.deepEqual(await triesOf(code), { tries: 1, ended: "it failed" }, String(code));
    }
  });
});
