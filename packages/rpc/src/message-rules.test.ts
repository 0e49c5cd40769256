import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { create } from "@bufbuild/protobuf";
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
