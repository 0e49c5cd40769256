import type { Json } from "@orchestrator/template";

import { find, joinPath } from "../desugar/context.ts";
import { LIMITS } from "../limits.ts";
import type { ConditionField, Field } from "../plan.ts";
import { jsonOfNode, type Node, type ScalarNode, soleAuto } from "../source/node.ts";
import type { Checker, Spot } from "./checker.ts";
import { withIncluded } from "./included.ts";
import { conditionText, hasMarkup, textField, type WrittenText } from "./text-field.ts";

export { hasMarkup };

/** A value as a field of the plan: its templates are parsed, and what they refer to is resolved (L44, L171). */
export function fieldFrom(checker: Checker, node: Node, spot: Spot): Field {
  switch (node.kind) {
    case "scalar":
      return scalarField(checker, node, spot);
    case "list": {
      const items = node.items.map((item, i) =>
        fieldFrom(checker, item, { ...spot, path: joinPath(spot.path, i), wanted: undefined }),
      );
      return items.every(isLiteral)
        ? { kind: "literal", value: items.map(({ value }) => value) }
        : { kind: "list", items };
    }
    case "map": {
      const entries = node.entries.map(
        ({ key, value }) =>
          [
            key,
            fieldFrom(checker, value, {
              ...spot,
              path: joinPath(spot.path, key),
              wanted: undefined,
            }),
          ] as const,
      );
      return literalObject(entries) ?? { kind: "object", entries };
    }
  }
}

type Literal = Extract<Field, { kind: "literal" }>;

function isLiteral(field: Field): field is Literal {
  return field.kind === "literal";
}

function literalObject(entries: readonly (readonly [string, Field])[]): Literal | undefined {
  const values: [string, Json][] = [];
  for (const [key, field] of entries) {
    if (field.kind !== "literal") {
      return undefined;
    }
    values.push([key, field.value]);
  }
  return { kind: "literal", value: Object.fromEntries(values) };
}

/** A value that is taken as it is written. */
export function verbatim(node: Node): Field {
  return { kind: "literal", value: jsonOfNode(node) };
}

function scalarField(checker: Checker, scalar: ScalarNode, spot: Spot): Field {
  const node = withIncluded(checker, scalar, spot);
  if (node === undefined || typeof node.value !== "string") {
    return { kind: "literal", value: scalar.value };
  }
  return textField(checker, writtenIn(checker, node, node.value), spot);
}

/** A condition (L75); `undefined` when a finding says what is wrong with it. */
export function conditionFrom(
  checker: Checker,
  written: Node,
  spot: Spot,
): ConditionField | undefined {
  const where = { step: spot.step, path: spot.path, offset: written.start };
  if (written.kind !== "scalar") {
    find(checker.context, "condition_syntax", { where, message: "a condition is an expression" });
    return undefined;
  }
  const node = withIncluded(checker, written, spot);
  if (node === undefined) {
    return undefined;
  }
  const source = typeof node.value === "boolean" ? node.value : String(node.value ?? "");
  if (typeof source === "string" && source.trim() === "") {
    find(checker.context, "condition_syntax", { where, message: "a condition may not be empty" });
    return undefined;
  }
  if (typeof source === "string" && source.length > LIMITS.conditionCharacters) {
    const message = `a condition has at most ${LIMITS.conditionCharacters} characters`;
    find(checker.context, "limit", { where, message });
    return undefined;
  }
  const place = checker.context.source.place(node.start);
  if (typeof source === "boolean") {
    return { source, path: spot.path, ...place };
  }
  const condition = conditionText(checker, writtenIn(checker, node, source), spot);
  return condition && { ...condition, path: spot.path, ...place };
}

function writtenIn(checker: Checker, node: ScalarNode, text: string): WrittenText {
  const { source } = checker.context;
  return {
    text,
    autos: node.autos,
    isWhole: soleAuto(node) !== undefined,
    start: node.start,
    offsetOf: (index) => source.offsetIn(node, index),
    tags: { count: 0 },
  };
}
