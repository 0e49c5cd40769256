import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { openWakeups } from "../src/index.ts";
import { findRedis, startPrivateRedis } from "../src/testing.ts";
import { describeWakeups, until } from "./wakeups.contract.ts";

describeWakeups("memory", async () => {
  const wakeups = await openWakeups();
  return {
    here: wakeups,
    there: wakeups,
    [Symbol.asyncDispose]: () => wakeups[Symbol.asyncDispose](),
  };
});

if (findRedis() !== undefined) {
  describeWakeups("Redis", async () => {
    const server = await startPrivateRedis();
    const here = await openWakeups({ url: server.url });
    const there = await openWakeups({ url: server.url });
    return {
      here,
      there,
      async [Symbol.asyncDispose]() {
        await here[Symbol.asyncDispose]();
        await there[Symbol.asyncDispose]();
        await server[Symbol.asyncDispose]();
      },
    };
  });
}

describe("a Redis that goes away", { skip: findRedis() === undefined }, () => {
  it("is waited for when it is down at the start", async () => {
    await using server = await startPrivateRedis();
    await server.stop();
    const errors: unknown[] = [];
    await using wakeups = await openWakeups({
      url: server.url,
      onError: (error) => errors.push(error),
    });
    const heard: string[] = [];
    await using subscription = await wakeups.subscribe("late", (payload) => heard.push(payload));
    await assert.rejects(wakeups.ping());
    assert.equal(wakeups.healthy, false);
    wakeups.publish("late", "lost");
    await until(() => wakeups.lost === 1);
    assert.ok(errors.length > 0);

    await server.start();
    await until(() => wakeups.healthy);
    while (heard.length === 0) {
      wakeups.publish("late", "heard");
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    assert.equal(heard[0], "heard");
    await wakeups.ping();
    void subscription;
  });

  it("is found again by publishers and subscribers after it was killed", async () => {
    await using server = await startPrivateRedis();
    await using wakeups = await openWakeups({ url: server.url });
    const heard: string[] = [];
    await using subscription = await wakeups.subscribe("again", (payload) => heard.push(payload));
    wakeups.publish("again", "before");
    await until(() => heard.length === 1);
    await server.stop();
    await until(() => !wakeups.healthy);
    await server.start();
    await until(() => wakeups.healthy);
    while (!heard.includes("after")) {
      wakeups.publish("again", "after");
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    void subscription;
  });
});
