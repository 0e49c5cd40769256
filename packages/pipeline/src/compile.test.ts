import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { type Compilation, compile } from "./compile.ts";
import { LIMITS } from "./limits.ts";
import type { Plan } from "./plan.ts";
import { testCatalogue } from "./testing/test-catalogue.ts";

function compiled(
  text: string,
  bundle: readonly { path: string; content: Uint8Array }[] = [],
): Compilation {
  return compile(text, { bundle, catalogue: testCatalogue });
}

function planOf(compilation: Compilation): Plan {
  assert.equal(compilation.kind, "compiled", JSON.stringify(compilation.findings.slice(0, 3)));
  return compilation.plan;
}

function pairs(count: number): string {
  return Array.from({ length: count }, (_, i) => `x${i}: ${i}`).join(", ");
}

function chain(length: number): string {
  const steps = Array.from({ length }, (_, i) =>
    i === 0
      ? "  - {id: s0, action: echo, parameters: {message: x}}"
      : `  - {id: s${i}, action: echo, parameters: {message: "{{ s${i - 1} }}"}, dependencies: s${i - 1}}`,
  );
  return `name: chain\nsteps:\n${steps.join("\n")}\n`;
}

describe("compile", () => {
  it("binds a plan to text, files and language by one hash (L18)", () => {
    const file = { path: "a.txt", content: new Uint8Array([1]) };
    const { documentHash } = planOf(compiled(chain(1)));
    assert.match(documentHash, /^[0-9a-f]{64}$/);
    assert.equal(planOf(compiled(chain(1))).documentHash, documentHash);
    const others = [
      planOf(compiled(`${chain(1)}# comment\n`)),
      planOf(compiled(chain(1), [file])),
      planOf(compiled(chain(1), [{ ...file, content: new Uint8Array([2]) }])),
      planOf(compiled(chain(1), [{ ...file, path: "b.txt" }])),
    ].map((plan) => plan.documentHash);
    assert.equal(new Set([documentHash, ...others]).size, 5);
  });

  it("makes a plan that is plain JSON (L18)", () => {
    const plan = planOf(compiled(chain(3)));
    assert.deepEqual(JSON.parse(JSON.stringify(plan)), plan);
  });

  it("says the same of the same document every time (L169)", () => {
    const text = "name: n\nsteps: [{id: a, action: eco}, {id: a, action: echo, if: 'b'}]";
    assert.deepEqual(compiled(text), compiled(text));
    assert.equal(compiled(text).kind, "refused");
  });

  it("names the pipeline that it refuses (L169)", () => {
    const compilation = compiled("id: mine\nname: n\nsteps: []");
    assert.equal(compilation.kind === "refused" ? compilation.pipelineId : "", "mine");
  });

  it("compiles 10,000 steps, with levels as deep (L49, L218)", () => {
    const plan = planOf(compiled(chain(LIMITS.steps)));
    assert.equal(plan.levels.length, LIMITS.steps);
    const more = compiled(chain(LIMITS.steps + 1));
    assert.deepEqual(
      more.findings.map(({ code }) => code),
      ["limit"],
    );
  });

  it("bounds the files that come with a document (L218)", () => {
    const content = new Uint8Array(LIMITS.bundleBytes + 1);
    assert.deepEqual(
      compiled(chain(1), [{ path: "x", content }]).findings.map(({ code }) => code),
      ["limit"],
    );
  });

  it("bounds what jumps skip in all (L85, L218)", () => {
    const steps = Array.from(
      { length: 1000 },
      (_, i) => `  - {id: s${i}, action: echo, on_success: s999}`,
    );
    const text = `name: n\nsteps:\n${steps.slice(0, -1).join("\n")}\n  - {id: s999, action: echo}\n`;
    const codes = new Set(compiled(text).findings.map(({ code }) => code));
    assert.ok(codes.has("limit"));
  });

  it("has no more than the inputs and outputs of the limits (L218)", () => {
    const text = `${chain(1)}inputs: {${pairs(257)}}\noutputs: {${pairs(257)}}\n`;
    assert.deepEqual(
      compiled(text).findings.map(({ code, path }) => [code, path]),
      [
        ["limit", "inputs"],
        ["limit", "outputs"],
      ],
    );
  });
});
