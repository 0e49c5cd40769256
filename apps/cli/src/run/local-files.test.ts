import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

import { compile, type Plan } from "@orchestrator/pipeline";
import { catalogue } from "@orchestrator/tools/catalogue";

import { localFiles } from "./local-files.ts";

const DOCUMENT = `id: f
name: F
inputs:
  orders: { type: file, default: data/orders.csv }
  other: { type: file }
  word: { type: string, default: data/orders.csv }
steps: [{ id: a, action: control_flow }]
`;

describe("files that go along to a mesh elsewhere", () => {
  let cwd = "";
  let plan: Plan;
  before(() => {
    cwd = mkdtempSync(join(tmpdir(), "orchestrator-local-files-"));
    mkdirSync(join(cwd, "data"));
    writeFileSync(join(cwd, "data/orders.csv"), "a,b\n");
    writeFileSync(join(cwd, "data/large.bin"), Buffer.alloc(20 << 20));
    const compilation = compile(DOCUMENT, { bundle: [], catalogue });
    assert.equal(compilation.kind, "compiled");
    plan = compilation.plan;
  });
  after(() => rmSync(cwd, { recursive: true, force: true }));

  it("are those that file inputs name, by value or default, and that are here", () => {
    const files = localFiles({ cwd }, plan, { other: "./data/../data/orders.csv" });
    assert.deepEqual(
      files.map(({ path, content }) => [path, Buffer.from(content).toString()]),
      [["data/orders.csv", "a,b\n"]],
    );
    assert.deepEqual(localFiles({ cwd }, plan, { orders: "https://example.org/x.csv" }), []);
  });

  it("have a place in the run's workspace, and room in a request", () => {
    const outside = join(tmpdir(), `orchestrator-outside-${process.pid}.txt`);
    writeFileSync(outside, "x");
    try {
      assert.throws(
        () => localFiles({ cwd }, plan, { other: outside }),
        /outside the current folder/,
      );
    } finally {
      rmSync(outside);
    }
    assert.throws(
      () => localFiles({ cwd }, plan, { other: "data/large.bin" }),
      /a request may carry/,
    );
  });
});
