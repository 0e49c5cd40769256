import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { openRateLimit } from "../src/index.ts";
import { findRedis, startPrivateRedis } from "../src/testing.ts";
import { until } from "./wakeups.contract.ts";

const MINUTE_MS = 60_000;

describe("a rate limit", () => {
  it("lets so many requests of each caller through, and says when there are more", async () => {
    await using limit = await openRateLimit({ requestsPerMinute: 2 });
    assert.deepEqual([await limit.take("a"), await limit.take("a")], [undefined, undefined]);
    const waitMs = (await limit.take("a")) ?? 0;
    assert.ok(waitMs > MINUTE_MS / 2 && waitMs <= MINUTE_MS, `${waitMs} ms`);
    assert.equal(await limit.take("b"), undefined);
  });
});

describe("a rate limit over a Redis", { skip: findRedis() === undefined }, () => {
  it("is one for all who use the Redis", async () => {
    await using server = await startPrivateRedis();
    const options = { requestsPerMinute: 3, url: server.url };
    await using here = await openRateLimit(options);
    await using there = await openRateLimit(options);
    const taken = [await here.take("a"), await there.take("a"), await here.take("a")];
    assert.deepEqual(taken, [undefined, undefined, undefined]);
    for (const limit of [here, there, here]) {
      const waitMs = (await limit.take("a")) ?? 0;
      assert.ok(waitMs > MINUTE_MS / 2 && waitMs <= MINUTE_MS, `${waitMs} ms`);
    }
    assert.equal(await there.take("b"), undefined);
  });

  it("goes on in each process alone while the Redis is down, and together when it is back", async () => {
    await using server = await startPrivateRedis();
    const errors: unknown[] = [];
    const options = { requestsPerMinute: 1, url: server.url };
    await using limit = await openRateLimit({
      ...options,
      onError: (error) => errors.push(error),
    });
    await limit.ping();
    await server.stop();
    assert.equal(await limit.take("a"), undefined);
    assert.ok(((await limit.take("a")) ?? 0) > 0);
    await assert.rejects(limit.ping());
    await until(() => errors.length > 0);

    await server.start();
    for (let isBack = false; !isBack;) {
      isBack = await limit.ping().then(
        () => true,
        () => false,
      );
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await using other = await openRateLimit(options);
    assert.equal(await limit.take("b"), undefined);
    assert.ok(((await other.take("b")) ?? 0) > 0);
  });
});
