import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";

import { Code, ConnectError, createRouterTransport } from "@connectrpc/connect";
import { createOrchestrator } from "@orchestrator/client";
import { PipelineService } from "@orchestrator/proto/v1/pipeline_pb";

import { submissionOfFile, submissionOfName } from "./submission.ts";

const DOCUMENT = `name: Hello
inputs: { name: { default: world } }
steps:
  - { id: greet, action: echo, parameters: { message: "Hello, {{ name }}!" } }
`;

function ioIn(cwd: string) {
  const said = { stderr: "" };
  const stdout = { write: () => undefined, isTerminal: false };
  const stderr = { write: (text: string) => void (said.stderr += text), isTerminal: true };
  return { said, env: {}, cwd, stdout, stderr, leaveSoon: () => undefined };
}

function withDocument() {
  const folder = mkdtempSync(join(tmpdir(), "orchestrator-submission-"));
  writeFileSync(join(folder, "hello.yaml"), DOCUMENT);
  return ioIn(folder);
}

describe("what is submitted", () => {
  it("comes with a warning of an input that nobody declared, and which one may be meant (L26)", () => {
    const io = withDocument();
    submissionOfFile(io, "hello.yaml", { input: ["nam=Ada"] });
    assert.match(
      io.said.stderr,
      /1 warning[^]*undeclared_input .*the input nam is not declared; did you mean name\?/,
    );
  });

  it("says nothing where every input is declared, and nothing is odd", () => {
    const io = withDocument();
    submissionOfFile(io, "hello.yaml", { input: ["name=Ada"] });
    assert.equal(io.said.stderr, "");
  });

  it("refuses an input that nobody declared under --strict", () => {
    assert.throws(
      () => submissionOfFile(withDocument(), "hello.yaml", { input: ["nam=Ada"], strict: true }),
      /undeclared_input/,
    );
  });

  it("says of a name that is not stored how to see those that are, and how a file is named", async () => {
    const transport = createRouterTransport(({ service }) => {
      service(PipelineService, {
        getPipeline() {
          throw new ConnectError("pipeline hello does not exist", Code.NotFound);
        },
      });
    });
    const connection = {
      name: "http://mesh",
      ...createOrchestrator(transport),
      mesh: undefined,
      async [Symbol.asyncDispose]() {},
    };
    await assert.rejects(submissionOfName(ioIn("/"), connection, { name: "hello" }), {
      exitCode: 3,
      message: /pipeline hello does not exist; "orchestrator pipelines list" .* hello\.yaml$/,
    });
  });
});
