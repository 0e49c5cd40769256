import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { type Admission, callerOf } from "./admission.ts";
import { RpcError } from "./errors.ts";

const keys: Admission = {
  kind: "keys",
  keys: {
    find: (key) => (key === "right" ? { namespace: "default", keyId: "bootstrap" } : undefined),
  },
};
const mesh: Admission = { kind: "mesh", secret: "s3cret" };

function caller(headers: Record<string, string>, admission: Admission) {
  return callerOf({ metadata: new Headers(headers), peer: undefined }, admission);
}

describe("callerOf", () => {
  it("knows a key by x-api-key and as a bearer token", () => {
    const known = { kind: "key", namespace: "default", keyId: "bootstrap" };
    assert.deepEqual(caller({ "x-api-key": "right" }, keys), known);
    assert.deepEqual(caller({ authorization: "Bearer right" }, keys), known);
    assert.deepEqual(caller({ authorization: "bearer  right" }, keys), known);
  });

  it("refuses a missing and a wrong key in the same words", () => {
    for (const headers of [{}, { "x-api-key": "wrong" }, { authorization: "Basic right" }]) {
      const refusal = caller(headers, keys);
      assert.ok(refusal instanceof RpcError);
      assert.equal(refusal.message, "Invalid API key");
    }
  });

  it("takes who has the secret of the mesh for the service that he says he is", () => {
    const headers = { "x-mesh-secret": "s3cret", "x-mesh-service": "executor" };
    assert.deepEqual(caller(headers, mesh), { kind: "mesh", service: "executor" });
    for (const secret of ["", "s3cre", "s3crets"]) {
      assert.ok(caller({ "x-mesh-secret": secret }, mesh) instanceof RpcError, secret);
    }
  });

  it("admits nobody who shows nothing, even where the key or the secret is empty", () => {
    const empty: Admission = {
      kind: "keys",
      keys: { find: () => ({ namespace: "default", keyId: "bootstrap" }) },
    };
    for (const headers of [{}, { "x-api-key": "" }, { authorization: "Bearer " }]) {
      assert.ok(caller(headers, empty) instanceof RpcError);
      assert.ok(caller(headers, { kind: "mesh", secret: "" }) instanceof RpcError);
    }
  });

  it("trusts this process, which no header can claim to be", () => {
    const peer = { kind: "process", service: "state" } as const;
    assert.deepEqual(callerOf({ metadata: new Headers(), peer }, keys), {
      kind: "mesh",
      service: "state",
    });
  });
});
