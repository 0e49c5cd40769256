import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { LATER_WORDS, type OperationSpec } from "@orchestrator/pipeline";

import { catalogue } from "./catalogue.ts";
import { normalName } from "./name.ts";

const operations: readonly OperationSpec[] = [
  ...catalogue.tools.flatMap((tool) => tool.operations),
  ...catalogue.actions.map((action) => action.operation),
];

describe("catalogue", () => {
  it("gives every name of a tool or action to one of them (L182)", () => {
    const names: string[] = [];
    for (const { name, aliases } of [...catalogue.tools, ...catalogue.actions]) {
      names.push(...new Set([name, ...aliases].map(normalName)));
    }
    assert.deepEqual(names, [...new Set(names)]);
    assert.deepEqual(
      names.filter((name) => LATER_WORDS.has(name)),
      [],
    );
  });

  it("gives every name of a parameter to one of them (L40)", () => {
    for (const operation of operations) {
      const names = operation.parameters.flatMap(({ name, aliases }) => [name, ...aliases]);
      assert.deepEqual(names, [...new Set(names)], operation.name);
      for (const group of operation.anyOf ?? []) {
        assert.deepEqual(
          group.filter((name) => !names.includes(name)),
          [],
        );
      }
    }
  });

  it("has no default for a parameter that must be given", () => {
    for (const { name, parameters } of operations) {
      const both = parameters.filter((each) => each.required && each.default !== undefined);
      assert.deepEqual(both, [], name);
    }
  });

  it("repeats a lost write unless it appended, and no move, delete or program (L51, L187)", () => {
    const fixed = operations.filter(({ repeatable }) => repeatable !== true);
    assert.deepEqual(
      fixed.map(({ name, repeatable }) => [name, repeatable]),
      [
        ["write", { unless: { parameter: "mode", is: "a" } }],
        ["move", false],
        ["delete", false],
        ["execute", false],
        ["execute", false],
        ["execute", false],
      ],
    );
  });

  it("has no operation that the compiler refuses as not supported yet", () => {
    const built = catalogue.tools.flatMap(({ name, operations: own }) =>
      own.map((operation) => `${normalName(name)}.${normalName(operation.name)}`),
    );
    assert.deepEqual(
      built.filter((name) => LATER_WORDS.has(name)),
      [],
    );
  });
});
