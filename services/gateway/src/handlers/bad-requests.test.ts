import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";

import { Code, ConnectError } from "@connectrpc/connect";
import { RunStatus } from "@orchestrator/proto/v1/run_pb";
import { fromWireError } from "@orchestrator/rpc";

import { openApi } from "./api.fixture.ts";

const RUN_ID = "01890000-0000-7000-8000-0000000000ab";
const SOURCE =
  "id: hello\nname: Hello\nsteps:\n  - { id: greet, action: echo, parameters: { message: Hi } }\n";

/** The public API before a state service that nothing bad may reach. */
function openGuardedApi() {
  const reached: string[] = [];
  const reach = (method: string): never => {
    reached.push(method);
    throw new Error(`${method} was reached`);
  };
  const api = openApi({
    getRun: () => ({ run: { namespace: "default", runId: new Uint8Array(16) } }),
    getPipeline: () => reach("getPipeline"),
    listPipelines: () => reach("listPipelines"),
    listRuns: () => reach("listRuns"),
    listSessions: () => reach("listSessions"),
    readEvents: () => reach("readEvents"),
    putDefinition: () => reach("putDefinition"),
    createPipeline: () => reach("createPipeline"),
    archivePipeline: () => reach("archivePipeline"),
    async *createRuns(frames) {
      for await (const { creations } of frames) {
        yield creations.length > 0 ? reach("createRuns") : {};
      }
    },
    async *watchRuns(frames) {
      for await (const { watches } of frames) {
        yield watches.length > 0 ? reach("watchRuns") : {};
      }
    },
  });
  return { ...api, reached };
}

async function refusalOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (thrown) {
    const { code, reason, fieldViolations } = fromWireError(ConnectError.from(thrown));
    assert.equal(code, Code.InvalidArgument, String(thrown));
    assert.notEqual(reason, "");
    return fieldViolations.map(({ field }) => field).join(", ");
  }
  assert.fail("the call was answered");
}

async function firstOf(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const part of stream) assert.fail(`sent ${JSON.stringify(part)}`);
}

/** A token in the right form, as anybody can make one. */
function forgedToken(key: string, request: readonly unknown[]): string {
  const print = createHash("sha256").update(JSON.stringify(request)).digest("base64url");
  return Buffer.from(JSON.stringify([key, print.slice(0, 16)])).toString("base64url");
}

describe("a bad request", () => {
  it("brings no file whose path leaves its folder", async () => {
    await using api = openGuardedApi();
    const bundle = [{ path: "../../x", content: Uint8Array.of(1) }];
    const what = { case: "source", value: SOURCE } as const;
    for (const call of [
      api.pipelines.validatePipeline({ source: SOURCE, bundle }),
      api.pipelines.createPipeline({ source: SOURCE, bundle, requestId: "a" }),
      api.runs.createRun({ what, bundle, requestId: "a" }),
    ]) {
      assert.equal(await refusalOf(call), "bundle.path");
    }
    const files = bundle;
    assert.equal(
      await refusalOf(api.runs.createRun({ what, files, requestId: "a" })),
      "files.path",
    );
    assert.deepEqual(api.reached, []);
  });

  it("does not reach the stream of all watches with a number that this cannot carry", async () => {
    await using api = openGuardedApi();
    for (const afterSequence of [2n ** 31n, 2n ** 32n, 2n ** 63n - 1n]) {
      const watch = firstOf(api.runs.watchRun({ runId: RUN_ID, afterSequence }));
      assert.equal(await refusalOf(watch), "after_sequence");
    }
    assert.deepEqual(api.reached, []);
  });

  it("has no token that nobody was given", async () => {
    await using api = openGuardedApi();
    const { runs, pipelines, operations } = api;
    const ofEvents = ["default", RUN_ID];
    for (const key of ["abc", "-1", "99999999999", "1.5", " 1"]) {
      const pageToken = forgedToken(key, ofEvents);
      assert.equal(await refusalOf(runs.listRunEvents({ runId: RUN_ID, pageToken })), "page_token");
    }
    for (const key of ["abc", "99999999999999999999", "1e3"]) {
      const pageToken = forgedToken(key, [false]);
      assert.equal(await refusalOf(operations.listSessions({ pageToken })), "page_token");
    }
    const ofRuns = forgedToken("abc", ["default", "", [], {}]);
    assert.equal(await refusalOf(runs.listRuns({ pageToken: ofRuns })), "page_token");
    const ofPipelines = forgedToken("a\0", ["default", false]);
    assert.equal(
      await refusalOf(pipelines.listPipelines({ pageToken: ofPipelines })),
      "page_token",
    );
    assert.deepEqual(api.reached, []);
  });

  it("has no text that a database cannot store", async () => {
    await using api = openGuardedApi();
    const { runs, pipelines } = api;
    const what = { case: "source", value: SOURCE } as const;
    const stored = { case: "pipeline", value: { name: "a\0" } } as const;
    const requestId = "a";
    for (const [field, call] of [
      ["name", pipelines.getPipeline({ name: "a\0" })],
      ["name", pipelines.archivePipeline({ name: "a\0", requestId })],
      ["request_id", pipelines.archivePipeline({ name: "a", requestId: "a\0" })],
      ["source", pipelines.createPipeline({ source: `${SOURCE}# \0`, requestId })],
      ["pipeline", runs.listRuns({ pipeline: "a\0" })],
      ["labels", runs.listRuns({ labels: { a: "\0" } })],
      ["labels", runs.listRuns({ labels: { "\0": "a" } })],
      ["pipeline.name", runs.createRun({ what: stored, requestId })],
      ["labels", runs.createRun({ what, requestId, labels: { a: "\0" } })],
    ] as const) {
      assert.equal(await refusalOf(call), field);
    }
    for (const source of [
      SOURCE.replace("Hello", '"a\\0"'),
      `version: "a\\0"\n${SOURCE}`,
      `labels: { a: "\\0" }\n${SOURCE}`,
    ]) {
      assert.equal(await refusalOf(pipelines.createPipeline({ source, requestId })), "source");
      const run = runs.createRun({ what: { case: "source", value: source }, requestId });
      assert.equal(await refusalOf(run), "source");
    }
    assert.deepEqual(api.reached, []);
  });

  it("filters by a status that there is", async () => {
    await using api = openGuardedApi();
    const filtered = api.runs.listRuns({ statuses: [RunStatus.UNSPECIFIED] });
    assert.equal(await refusalOf(filtered), "statuses[0]");
  });

  it("has labels no longer than those of documents", async () => {
    await using api = openGuardedApi();
    const what = { case: "source", value: SOURCE } as const;
    for (const labels of [{ "": "x" }, { ["k".repeat(64)]: "x" }, { a: "x".repeat(257) }]) {
      const field = await refusalOf(api.runs.createRun({ what, labels, requestId: "a" }));
      assert.match(field, /^labels\[/);
    }
    assert.deepEqual(api.reached, []);
  });
});
