import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { compile } from "@orchestrator/pipeline";
import { catalogue } from "@orchestrator/tools/catalogue";

import { svgOf } from "./graph-svg.ts";
import { dotOf, mermaidOf } from "./graph-text.ts";
import { graphOf, type StepGraph } from "./step-graph.ts";

const DOCUMENT = `name: Drawn & "quoted"
steps:
  - { id: read, action: echo, parameters: { message: hi } }
  - { id: check, action: noop, dependencies: read, on_failure: last }
  - { id: other, action: noop, condition: "1 > 0", dependencies: read }
  - { id: last, action: noop, dependencies: [check, other] }
`;

function drawing(): StepGraph {
  const compilation = compile(DOCUMENT, { bundle: [], catalogue });
  assert.equal(compilation.kind, "compiled");
  return graphOf(compilation.plan);
}

describe("the graph of a document", () => {
  it("is Mermaid with dependencies and dotted jumps", () => {
    assert.equal(
      mermaidOf(drawing()),
      `flowchart TD
  s0["read<br/>echo"]
  s1["check<br/>control_flow"]
  s2{{"other<br/>control_flow"}}
  s3["last<br/>control_flow"]
  s0 --> s1
  s0 --> s2
  s1 --> s3
  s2 --> s3
  s1 -. "on failure" .-> s3
`,
    );
  });

  it("is DOT whose texts are quoted", () => {
    const dot = dotOf(drawing());
    assert.match(dot, /^digraph "Drawn & \\"quoted\\"" \{\n/);
    assert.match(dot, /"other" \[label="other\\ncontrol_flow", shape=hexagon\];/);
    assert.match(dot, /"check" -> "last" \[label="on failure", style=dashed\];/);
  });

  it("is an SVG in which every step stands below what it waits for, and beside the others of its row", () => {
    const svg = svgOf(drawing());
    const tops = new Map(
      [...svg.matchAll(/<rect x="(\d+)" y="(\d+)"[^>]*\/><text[^>]*>(\w+)<\/text>/g)].map(
        ([, x, y, id = ""]) => [id, { x: Number(x), y: Number(y) }],
      ),
    );
    assert.deepEqual([...tops.keys()], ["read", "check", "other", "last"]);
    const [read, check, other, last] = [...tops.values()];
    assert.ok(read !== undefined && check !== undefined && other !== undefined);
    assert.ok(read.y < check.y && check.y === other.y && check.x < other.x);
    assert.ok(last !== undefined && check.y < last.y);
    assert.match(svg, /<title>Drawn &amp; "quoted"<\/title>/);
    assert.equal(svg.match(/<path d="M\d/g)?.length, 6);
  });
});
