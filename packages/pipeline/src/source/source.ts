import { LineCounter } from "yaml";

import type { Place } from "../finding.ts";
import type { Report } from "../finding.ts";
import { LIMITS } from "../limits.ts";
import { liftAutos, type ScanProblem } from "./auto-scanner.ts";
import type { MapNode, ScalarNode } from "./node.ts";
import { sourceOffsets } from "./scalar-place.ts";
import { readYaml } from "./yaml-tree.ts";

/** A document's text as a tree that knows its places. */
export type Source = {
  readonly root: MapNode;
  /** The place of an offset. */
  readonly place: (offset: number) => Place;
  /** The offset of a character of a scalar's value. */
  readonly offsetIn: (scalar: ScalarNode, index: number) => number;
};

/** Read a text as one YAML mapping (L9–L14); `undefined` when the report says why not. */
export function openSource(text: string, report: Report): Source | undefined {
  if (Buffer.byteLength(text) > LIMITS.documentBytes) {
    const message = `the document is larger than ${LIMITS.documentBytes} bytes`;
    report.add("limit", { at: { line: 1, column: 1 }, message });
    return undefined;
  }
  const clean = text.replace(/^\u{feff}/u, "").replace(/\r\n?/g, "\n");
  const lines = new LineCounter();
  addLines(lines, clean);
  const place = (offset: number): Place => {
    const { line, col } = lines.linePos(Math.max(0, Math.min(offset, clean.length)));
    return { line, column: col };
  };
  const lifted = liftAutos(clean);
  for (const problem of lifted.problems) {
    reportScan(problem, { text: clean, place, report });
  }
  if (lifted.problems.length > 0) {
    return undefined; // What YAML would say of the same cause is no second finding.
  }
  const root = readYaml({ text: lifted.text, restore: lifted.restore, place, report });
  return root === undefined
    ? undefined
    : {
        root,
        place,
        offsetIn: offsetsOf(lifted.text),
      };
}

/** The offsets of the scalar that was asked for last are kept: questions come scalar by scalar. */
function offsetsOf(text: string): Source["offsetIn"] {
  let last: { readonly scalar: ScalarNode; readonly offsets: Uint32Array } | undefined;
  return (given, at) => {
    const { scalar, index } = writtenAt(given, at);
    last = last?.scalar === scalar ? last : { scalar, offsets: sourceOffsets(text, scalar) };
    return last.offsets[Math.min(index, last.offsets.length - 1)] ?? scalar.start;
  };
}

function writtenAt(scalar: ScalarNode, index: number): { scalar: ScalarNode; index: number } {
  const { written } = scalar;
  return written === undefined
    ? { scalar, index }
    : writtenAt(written.scalar, written.indexOf(index));
}

function addLines(lines: LineCounter, text: string): void {
  lines.addNewLine(0);
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) {
    lines.addNewLine(at + 1);
  }
}

function reportScan(
  { kind, offset }: ScanProblem,
  { text, place, report }: { text: string; place: Source["place"]; report: Report },
): void {
  const at = place(offset);
  switch (kind) {
    case "auto_unclosed":
      report.add("auto_unclosed", {
        at,
        message: "this <AUTO> tag has no closing </AUTO> in its own scalar",
        suggestions: ["</AUTO>"],
      });
      return;
    case "depth":
      report.add("yaml", { at, message: `nested deeper than ${LIMITS.yamlDepth} levels` });
      return;
    case "unquoted_template": {
      const line = text.slice(offset, lineEnd(text, offset)).trimEnd();
      const quoted = line.includes('"') ? `'${line.replaceAll("'", "''")}'` : `"${line}"`;
      report.add("yaml_unquoted_template", {
        at,
        message: `a template must be quoted, or YAML reads its braces as a mapping; write ${quoted}`,
        suggestions: [quoted],
      });
    }
  }
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  return end === -1 ? text.length : end;
}
