import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { createClient } from "@connectrpc/connect";
import { ServerReflection } from "@orchestrator/proto/grpc/reflection/v1/reflection_pb";
import { ServerReflection as Alpha } from "@orchestrator/proto/grpc/reflection/v1alpha/reflection_pb";
import { RunService } from "@orchestrator/proto/v1/run_pb";

import { inProcess } from "./in-process.ts";
import { reflectionRoutes } from "./reflection.ts";

const transport = inProcess(
  { routes: reflectionRoutes([RunService]), interceptors: [] },
  { caller: "test" },
);
const RULES = 1159;

async function ask(...questions: Question[]) {
  const answers = [];
  for await (const answer of createClient(ServerReflection, transport).serverReflectionInfo(
    each(questions),
  )) {
    answers.push(answer.messageResponse);
  }
  return answers;
}

type Question =
  | { case: "listServices" | "fileByFilename" | "fileContainingSymbol"; value: string }
  | { case: "allExtensionNumbersOfType"; value: string }
  | {
      case: "fileContainingExtension";
      value: { containingType: string; extensionNumber: number };
    };

async function* each(questions: readonly Question[]) {
  for (const messageRequest of questions) yield { messageRequest };
}

function filesIn(answer: Awaited<ReturnType<typeof ask>>[number] | undefined) {
  assert.equal(answer?.case, "fileDescriptorResponse");
  return answer.value.fileDescriptorProto.map((bytes) =>
    fromBinary(FileDescriptorProtoSchema, bytes),
  );
}

describe("reflectionRoutes", () => {
  it("lists the services, itself among them", async () => {
    const [answer] = await ask({ case: "listServices", value: "" });
    assert.equal(answer?.case, "listServicesResponse");
    assert.deepEqual(
      answer.value.service.map(({ name }) => name),
      [RunService.typeName, ServerReflection.typeName, Alpha.typeName],
    );
  });

  it("sends a file with all that it imports, and keeps the rules of its fields", async () => {
    const [answer] = await ask({ case: "fileContainingSymbol", value: RunService.typeName });
    const files = filesIn(answer);
    const names = files.map(({ name }) => name);
    assert.equal(names[0], "orchestrator/v1/run.proto");
    assert.ok(names.includes("buf/validate/validate.proto"));
    assert.ok(names.includes("google/protobuf/descriptor.proto"));
    const request = files[0]?.messageType.find(({ name }) => name === "CreateRunRequest");
    const field = request?.field.find(({ name }) => name === "request_id");
    assert.ok(field?.options?.$unknown?.some(({ no }) => no === RULES));
  });

  it("finds files by method, field, name and extension", async () => {
    const answers = await ask(
      { case: "fileContainingSymbol", value: `${RunService.typeName}.CreateRun` },
      { case: "fileContainingSymbol", value: "orchestrator.v1.Run.run_id" },
      { case: "fileByFilename", value: "orchestrator/v1/pipeline.proto" },
      {
        case: "fileContainingExtension",
        value: { containingType: "google.protobuf.FieldOptions", extensionNumber: RULES },
      },
    );
    const first = answers.map((answer) => filesIn(answer)[0]?.name);
    assert.deepEqual(first, [
      "orchestrator/v1/run.proto",
      "orchestrator/v1/run.proto",
      "orchestrator/v1/pipeline.proto",
      "buf/validate/validate.proto",
    ]);
    const [numbers] = await ask({
      case: "allExtensionNumbersOfType",
      value: "google.protobuf.FieldOptions",
    });
    assert.equal(numbers?.case, "allExtensionNumbersResponse");
    assert.ok(numbers.value.extensionNumber.includes(RULES));
  });

  it("says NOT_FOUND for what it does not know, and goes on", async () => {
    const answers = await ask(
      { case: "fileContainingSymbol", value: "nobody.Knows" },
      { case: "listServices", value: "" },
    );
    assert.equal(answers[0]?.case === "errorResponse" && answers[0].value.errorCode, 5);
    assert.equal(answers[1]?.case, "listServicesResponse");
  });

  it("answers the old version alike", async () => {
    const client = createClient(Alpha, transport);
    const questions = each([{ case: "fileContainingSymbol", value: RunService.typeName }]);
    for await (const { messageResponse } of client.serverReflectionInfo(questions)) {
      assert.equal(messageResponse.case, "fileDescriptorResponse");
    }
  });
});
