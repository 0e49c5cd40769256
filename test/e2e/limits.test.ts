// How often a caller may call, over each protocol.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { Code, RpcError } from "@orchestrator/client";
import { findRedis, startPrivateRedis } from "@orchestrator/redis/testing";

import { startTestMesh, type TestMesh } from "../harness/test-mesh.ts";

const PER_MINUTE = 4;

describe("security.rate_limiting", () => {
  let mesh: TestMesh;
  before(async () => {
    mesh = await startTestMesh({
      config: {
        security: { rate_limiting: { enabled: true, requests_per_minute: PER_MINUTE } },
      },
      env: { ORCHESTRATOR_API_KEY: "the-key" },
    });
  });
  after(() => mesh[Symbol.asyncDispose]());

  function list(apiKey = "the-key"): Promise<Response> {
    return fetch(`${mesh.url}/orchestrator.v1.RunService/ListRuns`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-api-key": apiKey },
      body: "{}",
    });
  }

  it("refuses a key beyond its calls of the minute, over every protocol, and says when there are more", async () => {
    for (let call = 1; call <= PER_MINUTE; call++) {
      assert.equal((await list()).status, 200, `call ${call}`);
    }
    const refused = await list();
    assert.equal(refused.status, 429);
    const seconds = Number(refused.headers.get("retry-after"));
    assert.ok(seconds > 30 && seconds <= 60, `Retry-After is ${seconds}`);
    assert.match(await refused.text(), /"code":"resource_exhausted".*at most 4 requests a minute/);

    for (const protocol of ["connect", "grpc"] as const) {
      const client = mesh.client({ protocol, apiKey: "the-key" });
      await assert.rejects(client.runs.listRuns({}), (error) => {
        assert.ok(error instanceof RpcError);
        assert.equal(error.code, Code.ResourceExhausted);
        assert.equal(error.reason, "RATE_LIMITED");
        const waitMs = error.retryAfterMs ?? 0;
        return waitMs > 30_000 && waitMs <= 60_000;
      });
    }
  });

  it("counts neither who has no key nor probes", async () => {
    assert.equal((await list("wrong")).status, 401);
    for (let probe = 1; probe <= PER_MINUTE + 1; probe++) {
      assert.equal((await fetch(`${mesh.url}/health`)).status, 200);
    }
  });
});

describe("security.rate_limiting with cache.url", { skip: findRedis() === undefined }, () => {
  it("counts the calls of a key at all gateways of one Redis together", async () => {
    await using redis = await startPrivateRedis();
    const options = {
      config: {
        cache: { url: redis.url },
        security: { rate_limiting: { enabled: true, requests_per_minute: 2 } },
      },
      env: { ORCHESTRATOR_API_KEY: "the-key" },
    };
    await using one = await startTestMesh(options);
    await using other = await startTestMesh(options);
    await one.runs.listRuns({});
    await other.runs.listRuns({});
    for (const { runs } of [one, other]) {
      await assert.rejects(runs.listRuns({}), (error) => {
        return error instanceof RpcError && error.reason === "RATE_LIMITED";
      });
    }
  });
});
