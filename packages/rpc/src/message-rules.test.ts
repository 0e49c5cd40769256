import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { HealthCheckRequestSchema } from "@orchestrator/proto/grpc/health/v1/health_pb";
import {
  AppendsSchema,
  GetDefinitionRequestSchema,
  StateService,
} from "@orchestrator/proto/state/v1/state_pb";
import { CreateRunRequestSchema, RunService } from "@orchestrator/proto/v1/run_pb";

import { hasRules, requestCheckOf } from "./message-rules.ts";

describe("requestCheckOf", () => {
  it("names fields as the proto does, nested ones and oneofs too", async () => {
    const check = await requestCheckOf(RunService.method.createRun);
    const request = create(CreateRunRequestSchema, {
      what: { case: "pipeline", value: { name: "", version: -1 } },
      requestId: "x".repeat(129),
    });
    const fields = check(request).map(({ field }) => field);
    assert.deepEqual(fields.toSorted(), ["pipeline.name", "pipeline.version", "request_id"]);
    const nothing = check(create(CreateRunRequestSchema, { requestId: "a" }));
    assert.deepEqual(
      nothing.map(({ field }) => field),
      ["what"],
    );
  });

  it("refuses texts that no database stores, in lists, maps and nested messages too", async () => {
    const check = await requestCheckOf(RunService.method.createRun);
    const fieldsOf = (init: MessageInitShape<typeof CreateRunRequestSchema>) =>
      check(create(CreateRunRequestSchema, init)).map(({ field }) => field);
    const what = { case: "source", value: "steps: []" } as const;
    const good = { what, requestId: "a" };
    assert.deepEqual(fieldsOf({ ...good, requestId: "a\0" }), ["request_id"]);
    assert.deepEqual(fieldsOf({ ...good, labels: { a: "\0" } }), ["labels"]);
    assert.deepEqual(fieldsOf({ ...good, files: [{ path: "a\0" }] }), ["files.path"]);
    assert.deepEqual(fieldsOf({ ...good, what: { case: "source", value: "\0" } }), ["source"]);
    const data = { case: "inputs", value: { text: "\0" } } as const;
    assert.deepEqual(fieldsOf({ ...good, given: data }), []);
    const file = { path: "a", content: Uint8Array.of(0) };
    assert.deepEqual(fieldsOf({ ...good, files: [file] }), []);
  });

  it("finds nothing wrong with a good request", async () => {
    const check = await requestCheckOf(StateService.method.getDefinition);
    const request = { namespace: "default", documentHash: new Uint8Array(32) };
    assert.deepEqual(check(create(GetDefinitionRequestSchema, request)), []);
  });
});

describe("hasRules", () => {
  it("looks at fields, oneofs and contained messages", () => {
    assert.equal(hasRules(CreateRunRequestSchema), true);
    assert.equal(hasRules(HealthCheckRequestSchema), false);
    assert.equal(hasRules(AppendsSchema), false);
  });
});
