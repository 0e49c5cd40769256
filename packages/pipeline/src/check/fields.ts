import {
  type Facts,
  factsOf,
  type Json,
  parseCondition,
  parseTemplate,
  type TemplateProblem,
} from "@orchestrator/template";

import { find, findLater, joinPath, type Where } from "../desugar/context.ts";
import { LIMITS } from "../limits.ts";
import type { ConditionField, Field } from "../plan.ts";
import { jsonOfNode, type Node, type ScalarNode } from "../source/node.ts";
import type { Checker, Spot } from "./checker.ts";
import { withIncluded } from "./included.ts";
import { useReference } from "./references.ts";

/** A value as a field of the plan: its templates are parsed, and what they refer to is resolved (L44, L171). */
export function fieldFrom(checker: Checker, node: Node, spot: Spot): Field {
  switch (node.kind) {
    case "scalar":
      return scalarField(checker, node, spot);
    case "list": {
      const items = node.items.map((item, i) =>
        fieldFrom(checker, item, { ...spot, path: joinPath(spot.path, i) }),
      );
      return items.every(isLiteral)
        ? { kind: "literal", value: items.map(({ value }) => value) }
        : { kind: "list", items };
    }
    case "map": {
      const entries = node.entries.map(
        ({ key, value }) =>
          [key, fieldFrom(checker, value, { ...spot, path: joinPath(spot.path, key) })] as const,
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
  if (node === undefined) {
    return { kind: "literal", value: scalar.value };
  }
  const { value } = node;
  if (typeof value !== "string" || foreignMarkup(checker, node, spot) || !hasMarkup(value)) {
    return { kind: "literal", value };
  }
  const parsed = parseTemplate(value, checker.names.parsing);
  if (parsed.kind === "refused") {
    reportProblems(checker, parsed.problems, { node, spot });
    return { kind: "literal", value };
  }
  const facts = factsOf(parsed.value);
  if (facts.literal) {
    return { kind: "literal", value };
  }
  useFacts(checker, facts, { node, spot });
  const { line, column } = checker.context.source.place(node.start);
  return { kind: "template", source: value, path: spot.path, line, column };
}

/** Whether a text may hold a template (L58). */
export function hasMarkup(text: string): boolean {
  return text.includes("{{") || text.includes("{%") || text.includes("{#");
}

/** Tags whose rules are not implemented: AUTO. */
function foreignMarkup(checker: Checker, node: ScalarNode, spot: Spot): boolean {
  const [auto] = node.autos;
  if (auto === undefined) {
    return false;
  }
  const where = { step: spot.step, path: spot.path, offset: auto.start };
  findLater(checker.context, "<AUTO> elsewhere than as a model", { where, rule: "L125" });
  return true;
}

type Owner = { readonly node: ScalarNode; readonly spot: Spot };

function reportProblems(
  checker: Checker,
  problems: readonly TemplateProblem[],
  { node, spot }: Owner,
): void {
  for (const { code, message, offset, suggestions } of problems) {
    const where = whereIn(checker, { node, spot }, offset);
    find(checker.context, code, { where, message, suggestions });
  }
}

function whereIn(checker: Checker, { node, spot }: Owner, index: number): Where {
  const offset = checker.context.source.offsetIn(node, index);
  return { step: spot.step, path: spot.path, offset };
}

function useFacts(checker: Checker, facts: Facts, owner: Owner): void {
  const { spot } = owner;
  spot.uses.impure ||= facts.impure;
  if (facts.impure && spot.scope.kind === "inputs") {
    find(checker.context, "undefined_name", {
      where: whereIn(checker, owner, 0),
      message: "a function of the run is called here, and this is rendered before it starts",
    });
  }
  const rebinds = String(owner.node.value).includes("{%");
  for (const reference of facts.references) {
    const where = whereIn(checker, owner, reference.offset);
    useReference(checker, reference, { spot, where });
    if (rebinds && reference.path.length <= 1) {
      // Under another name anything of the view may be read, its parameters too.
      const id = reference.path[0] ?? reference.root;
      spot.uses.parametersOf.add(String(id)).add(reference.root);
    }
  }
  for (const call of facts.calls) {
    if (call.name === "now") {
      find(checker.context, "deprecated", {
        where: whereIn(checker, owner, call.offset),
        message: "now() differs at every rendering; execution.timestamp is the start of the run",
        suggestions: ["execution.timestamp"],
      });
    }
  }
  for (const offset of facts.imprecise) {
    find(checker.context, "integer_precision", {
      where: whereIn(checker, owner, offset),
      message:
        "an integer beyond 2^53 − 1 is read as a double; write it as text to keep its digits",
    });
  }
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
  if (node === undefined || foreignMarkup(checker, node, spot)) {
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
  const parsed = parseCondition(source, checker.names.parsing);
  if (parsed.kind === "refused") {
    reportProblems(checker, parsed.problems, { node, spot });
    return undefined;
  }
  useFacts(checker, factsOf(parsed.value), { node, spot });
  return { source, path: spot.path, ...checker.context.source.place(node.start) };
}
