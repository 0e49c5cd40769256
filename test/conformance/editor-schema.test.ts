import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";

import { compile, openSchema } from "@orchestrator/pipeline";
import type { Json } from "@orchestrator/template";
import { catalogue } from "@orchestrator/tools/catalogue";

import { createReport } from "../../packages/pipeline/src/finding.ts";
import type { Node } from "../../packages/pipeline/src/source/node.ts";
import { openSource } from "../../packages/pipeline/src/source/source.ts";
import { bundleOf } from "./bundle-of.ts";
import { readCases } from "./read-cases.ts";

const SCHEMA_FILE = new URL("../../schemas/pipeline.schema.json", import.meta.url);
const EXAMPLES = new URL("../../examples/", import.meta.url).pathname;

describe("the JSON Schema of documents", () => {
  it("takes every valid document of the cases", () => {
    let taken = 0;
    for (const each of readCases().flatMap(({ cases }) => cases)) {
      if (each.kind === "document" || each.kind === "run" || each.kind === "model_run") {
        const text = typeof each.document === "string" ? each.document : each.document.join("\n");
        const files = each.kind === "model_run" ? undefined : each.files;
        taken += isTaken(text, { name: each.name, bundle: bundleOf(files) }) ? 1 : 0;
      }
    }
    assert.ok(taken > 100, `only ${taken} documents were valid`);
  });

  it("takes every valid document of the examples, and of the folder that CORPUS names", () => {
    const folders = [EXAMPLES, ...(process.env["CORPUS"] ?? "").split(":")].filter(Boolean);
    let taken = 0;
    for (const file of folders.flatMap(pipelinesIn)) {
      taken += isTaken(readFileSync(file, "utf8"), { name: file, bundle: [] }) ? 1 : 0;
    }
    assert.ok(taken > 0);
  });

  it("refuses steps that are no list, keys that are refused, and documents without steps", () => {
    for (const document of [
      { name: "n", steps: "none" },
      { name: "n", steps: [{ id: "a", action: "noop" }], imports: ["other.yaml"] },
      { name: "n" },
    ]) {
      assert.notDeepEqual(problemsOf(document), []);
    }
  });
});

/** Whether the compiler takes a document; when it does, the schema must. */
function isTaken(
  text: string,
  { name, bundle }: { name: string; bundle: ReturnType<typeof bundleOf> },
): boolean {
  if (compile(text, { bundle, catalogue }).kind === "refused") {
    return false;
  }
  assert.deepEqual(problemsOf(documentIn(text)), [], name);
  return true;
}

/** A document as an editor sees it, its AUTO tags as texts. */
function documentIn(text: string): Json {
  const source = openSource(text, createReport());
  assert.ok(source !== undefined);
  return jsonOfNode(source.root);
}

function jsonOfNode(node: Node): Json {
  switch (node.kind) {
    case "scalar":
      return node.value;
    case "list":
      return node.items.map(jsonOfNode);
    case "map":
      return Object.fromEntries(node.entries.map(({ key, value }) => [key, jsonOfNode(value)]));
  }
}

const schema = openSchema(JSON.parse(readFileSync(SCHEMA_FILE, "utf8")));

function problemsOf(document: Json): readonly string[] {
  assert.equal(schema.kind, "schema");
  return schema.problems(document);
}

function pipelinesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => /\.ya?ml$/.test(file))
    .map((file) => join(folder, file));
}
