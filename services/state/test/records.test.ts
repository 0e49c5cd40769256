import assert from "node:assert/strict";
import { createHash, randomBytes, randomUUID } from "node:crypto";
import { after, before, describe, it } from "node:test";

import { Code, ConnectError } from "@connectrpc/connect";
import { testDatabases } from "@orchestrator/postgres/testing";
import { fromWireError } from "@orchestrator/rpc";

import { createRun, DOCUMENT, type Harness, NAMESPACE, openHarness } from "./harness.ts";

for (const driver of testDatabases()) {
  describe(`what the state service keeps beside runs on ${driver.name}`, () => {
    let harness: Harness;
    before(async () => {
      harness = await openHarness(driver);
    });
    after(() => harness[Symbol.asyncDispose]());

    it("stores blobs once, whole or not at all, for their namespace only", async () => {
      const bytes = randomBytes(2_500_001);
      const hash = createHash("sha256").update(bytes).digest();
      const put = (head: object, content: Uint8Array = bytes) =>
        harness.state.putBlob(
          partsOf({ namespace: NAMESPACE, hash, size: BigInt(bytes.length), ...head }, content),
        );
      await assert.rejects(put({ size: 5n }), hasCode(Code.InvalidArgument));
      await assert.rejects(put({}, bytes.subarray(1)), hasCode(Code.InvalidArgument));
      await assert.rejects(put({}, randomBytes(bytes.length)), hasCode(Code.InvalidArgument));
      assert.equal((await put({})).existed, false);
      assert.equal((await put({})).existed, true);
      const chunks: Uint8Array[] = [];
      for await (const { chunk } of harness.state.getBlob({ namespace: NAMESPACE, hash }))
        chunks.push(chunk);
      assert.equal(Buffer.compare(Buffer.concat(chunks), bytes), 0);
      await assert.rejects(async () => {
        for await (const _ of harness.state.getBlob({ namespace: "other", hash }));
      }, hasCode(Code.NotFound));
      const empty = createHash("sha256").digest();
      assert.equal((await put({ hash: empty, size: 0n }, Buffer.alloc(0))).existed, false);
    });

    it("keeps versions of pipelines: the same document is the same version, an archived name comes back", async () => {
      const name = `p-${randomUUID()}`;
      const create = (init: { requestId?: string; title?: string } = {}) =>
        harness.state.createPipeline({
          namespace: NAMESPACE,
          requestId: init.requestId ?? randomUUID(),
          pipeline: { name, documentHash: DOCUMENT, title: "T", labels: { a: "b" } },
        });
      assert.equal((await create({ requestId: `${name}/1` })).pipeline?.version, 1);
      assert.equal((await create()).pipeline?.version, 1);
      await harness.state.archivePipeline({ namespace: NAMESPACE, name, requestId: `${name}/2` });
      await harness.state.archivePipeline({ namespace: NAMESPACE, name, requestId: `${name}/2` });
      const archived = await harness.state.getPipeline({ namespace: NAMESPACE, name });
      assert.ok(archived.pipeline?.archiveTime);
      const back = await create();
      assert.deepEqual([back.pipeline?.version, back.pipeline?.archiveTime], [2, undefined]);
      assert.equal((await create({ requestId: `${name}/1` })).pipeline?.version, 1);
      const listed = await harness.state.listPipelines({ namespace: NAMESPACE, limit: 1000 });
      assert.deepEqual(
        listed.pipelines
          .filter((each) => each.name === name)
          .map(({ version, labels }) => [version, labels]),
        [[2, { a: "b" }]],
      );
      await assert.rejects(
        harness.state.createPipeline({
          namespace: NAMESPACE,
          requestId: `${name}/1`,
          pipeline: { name: "other", documentHash: DOCUMENT },
        }),
        hasCode(Code.AlreadyExists),
      );
      await assert.rejects(
        harness.state.createPipeline({
          namespace: NAMESPACE,
          requestId: randomUUID(),
          pipeline: { name, documentHash: randomBytes(32) },
        }),
        hasCode(Code.FailedPrecondition),
      );
    });

    it("refuses a pipeline whose texts no column takes, and names the field", async () => {
      const good = { name: `p-${randomUUID()}`, documentHash: DOCUMENT };
      const requestId = randomUUID();
      for (const [field, request] of [
        ["request_id", { requestId: "a\0", pipeline: good }],
        ["pipeline.name", { requestId, pipeline: { ...good, name: "a\0" } }],
        ["pipeline.title", { requestId, pipeline: { ...good, title: "a\0" } }],
        ["pipeline.document_version", { requestId, pipeline: { ...good, documentVersion: "\0" } }],
        ["pipeline.labels", { requestId, pipeline: { ...good, labels: { a: "\0" } } }],
        ["pipeline.labels", { requestId, pipeline: { ...good, labels: { "\0": "a" } } }],
      ] as const) {
        await assert.rejects(
          harness.state.createPipeline({ namespace: NAMESPACE, ...request }),
          (error) => {
            const { code, fieldViolations } = fromWireError(error);
            assert.equal(code, Code.InvalidArgument);
            assert.deepEqual(
              fieldViolations.map((violation) => violation.field),
              [field],
            );
            return true;
          },
        );
      }
    });

    it("answers with definitions and plans by hash, and says what is not there", async () => {
      const found = await harness.state.getDefinition({
        namespace: NAMESPACE,
        documentHash: DOCUMENT,
        planVersion: 1,
      });
      assert.deepEqual(
        [found.source, Buffer.from(found.plan).toString(), found.bundle.length],
        ["id: tests", "{}", 1],
      );
      const plain = await harness.state.getDefinition({
        namespace: NAMESPACE,
        documentHash: DOCUMENT,
      });
      assert.equal(plain.plan.length, 0);
      await assert.rejects(
        harness.state.getDefinition({
          namespace: NAMESPACE,
          documentHash: DOCUMENT,
          planVersion: 2,
        }),
        hasCode(Code.NotFound),
      );
      await assert.rejects(
        harness.state.getDefinition({ namespace: "other", documentHash: DOCUMENT }),
        hasCode(Code.NotFound),
      );
      await assert.rejects(
        harness.state.getRun({ namespace: "other", runId: randomBytes(16) }),
        hasCode(Code.NotFound),
      );
    });

    it("keeps folds of runs", async () => {
      const { runId } = await createRun(harness);
      await harness.state.putSnapshot({ runId, uptoSeq: 1, version: 3, fold: Buffer.from("fold") });
      const snapshot = await harness.state.getSnapshot({ runId, version: 3 });
      assert.deepEqual([snapshot.uptoSeq, Buffer.from(snapshot.fold).toString()], [1, "fold"]);
      assert.equal((await harness.state.getSnapshot({ runId, version: 4 })).uptoSeq, 0);
    });
  });
}

function hasCode(code: Code) {
  return (error: unknown): boolean => {
    assert.equal(ConnectError.from(error).code, code);
    return true;
  };
}

async function* partsOf(head: object, bytes: Uint8Array) {
  yield { part: { case: "head" as const, value: head } };
  for (let at = 0; at < bytes.length; at += 400_000) {
    yield { part: { case: "chunk" as const, value: bytes.subarray(at, at + 400_000) } };
  }
}
