import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { PipelineService } from "@orchestrator/proto/v1/pipeline_pb";
import { RpcError } from "@orchestrator/rpc";

import { inProcess } from "../in-process.ts";
import { testSurface } from "../test-surface.fixture.ts";
import { retry } from "./retry.ts";

const source = "id: a";

/** A client of a server that is unavailable for its first `failures` calls. */
function clientOf(failures: number, options: { seen: string[]; code?: Code }) {
  const { seen, code = Code.Unavailable } = options;
  let left = failures;
  const answer = (what: string) => {
    seen.push(what);
    if (left-- > 0) throw new RpcError(code, { reason: "AWAY", message: "away" });
    return {};
  };
  const surface = testSurface({
    validatePipeline: () => answer("validate"),
    createPipeline: ({ requestId }) => answer(requestId),
    listPipelines: () => answer("list"),
  });
  const interceptors = [retry({ random: () => 0.1 })];
  return createClient(PipelineService, inProcess(surface, { caller: "test", interceptors }));
}

describe("retry", () => {
  it("repeats what changes nothing, and what names itself", async () => {
    const seen: string[] = [];
    await clientOf(2, { seen }).listPipelines({});
    await clientOf(1, { seen }).createPipeline({ source, requestId: "r1" });
    assert.deepEqual(seen, ["list", "list", "list", "r1", "r1"]);
  });

  it("gives up after four attempts, with the last failure", async () => {
    const seen: string[] = [];
    await assert.rejects(clientOf(9, { seen }).listPipelines({}), /away/);
    assert.equal(seen.length, 4);
  });

  it("does not repeat a failure that another try would meet too", async () => {
    const seen: string[] = [];
    const client = clientOf(9, { seen, code: Code.FailedPrecondition });
    await assert.rejects(client.listPipelines({}), /away/);
    assert.equal(seen.length, 1);
  });

  it("stays within the caller's deadline, and stops when he leaves", async () => {
    const seen: string[] = [];
    const late = clientOf(9, { seen }).listPipelines({}, { timeoutMs: 4 });
    await assert.rejects(late, (error) => error instanceof ConnectError);
    const leave = new AbortController();
    const left = clientOf(9, { seen }).listPipelines({}, { signal: leave.signal });
    leave.abort();
    await assert.rejects(left, (error) => error instanceof ConnectError);
    assert.ok(seen.length <= 3, seen.join());
  });
});
