import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { createBudget } from "../budget.ts";
import type { Rendered } from "../evaluate/environment.ts";
import type { Mapping } from "../values/value.ts";
import { evaluateRow } from "./evaluate.ts";
import { parseRowExpression } from "./parse.ts";

function row(source: string, columns: Mapping): Rendered {
  const parsed = parseRowExpression(source);
  assert.ok(parsed.kind === "parsed", JSON.stringify(parsed));
  return evaluateRow(parsed.value, columns, createBudget());
}

describe("row expressions (L197)", () => {
  it("count numeric text as a number in arithmetic and beside numbers", () => {
    const columns = { price: "12.5", qty: "2", name: "x1", date: "2026-03-09", max: 4, n: 3 };
    for (const [source, value] of [
      ["price * qty", 25],
      ["price + qty", 14.5],
      ["-price", -12.5],
      ["name + qty", "x12"],
      ["price > 10 and qty <= 2", true],
      ["qty == 2", true],
      ["round(price) + abs(qty)", 14],
      ["sum([price, qty])", 14.5],
      ["name | upper", "X1"],
      ["DATE_FORMAT(date, '%Y-%m')", "2026-03"],
      ["max + n", 7],
      ["'big' if price > 10 else 'small'", "big"],
    ] as const) {
      assert.deepEqual(row(source, columns), { kind: "value", value }, source);
    }
  });

  it("say what cannot be computed", () => {
    assert.deepEqual(row("pric * 2", { price: 1 }), {
      kind: "unresolved",
      references: [{ expression: "pric", nearest: "price" }],
    });
    assert.equal(row("name * name", { name: "x" }).kind, "failed");
    assert.equal(row("DATE_FORMAT(name, '%Y')", { name: "x" }).kind, "failed");
  });

  it("have no functions of the run, and templates have no DATE_FORMAT", () => {
    for (const source of [
      "now()",
      "file_exists('a')",
      "x | date",
      "{{ x }}",
      "x = 1",
      "x._y",
      "x |",
    ]) {
      assert.equal(parseRowExpression(source).kind, "refused", source);
    }
  });
});
