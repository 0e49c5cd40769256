import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { isUnavailable } from "./sql-error.ts";
import { Turns } from "./turns.ts";

describe("turns", () => {
  it("come one at a time, in the order of asking, whatever fails", async () => {
    const turns = new Turns();
    const log: string[] = [];
    const work = (name: string) => async () => {
      log.push(`${name} begins`);
      await Promise.resolve();
      log.push(`${name} ends`);
      if (name === "a") throw new Error("a fails");
      return name;
    };
    const results = await Promise.allSettled(["a", "b", "c"].map((name) => turns.take(work(name))));
    assert.deepEqual(
      results.map(({ status }) => status),
      ["rejected", "fulfilled", "fulfilled"],
    );
    assert.deepEqual(log, ["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]);
  });

  it("are refused when too many wait, and given again after", async () => {
    const turns = new Turns(2);
    const taken = [turns.take(async () => 1), turns.take(async () => 2)];
    await assert.rejects(
      turns.take(async () => 3),
      isUnavailable,
    );
    await Promise.all(taken);
    assert.equal(await turns.take(async () => 4), 4);
  });
});
