import {
  type Facts,
  factsOf,
  parseCondition,
  parseTemplate,
  type TemplateProblem,
} from "@orchestrator/template";

import type { FieldType } from "../catalogue.ts";
import { find, findLater, type Where } from "../desugar/context.ts";
import { LIMITS } from "../limits.ts";
import type { ConditionField, Field, PlanAuto } from "../plan.ts";
import type { AutoSpan } from "../source/node.ts";
import { autoAttributes } from "./auto-attributes.ts";
import { type NamedAuto, nameAutos, type NamedText, type Reading } from "./auto-text.ts";
import type { Checker, Spot } from "./checker.ts";
import { nestedAutos } from "./nested-autos.ts";
import { useReference } from "./references.ts";

/** A text of the document with the AUTO tags in it, and its places. */
export type WrittenText = {
  readonly text: string;
  readonly autos: readonly AutoSpan[];
  /** One tag is all of it. */
  readonly isWhole: boolean;
  readonly start: number;
  readonly offsetOf: (index: number) => number;
  /** Counts the tags of one scalar, nested ones too: each has a record of its own (L130). */
  readonly tags: { count: number };
};

/** Whether a text may hold a template (L58). */
export function hasMarkup(text: string): boolean {
  return text.includes("{{") || text.includes("{%") || text.includes("{#");
}

/** A text as a field: a literal, or a template whose references are resolved. */
export function textField(checker: Checker, written: WrittenText, spot: Spot): Field {
  const { text } = written;
  const literal: Field = { kind: "literal", value: text };
  if (written.autos.length === 0 && !hasMarkup(text)) {
    return literal;
  }
  const named = namedText(checker, written, { spot, reading: "text" });
  if (named === undefined) {
    return literal;
  }
  const owner: Owner = { text: named.source, offsetOf: named.offsetOf, spot };
  const parsed = parseTemplate(named.source, checker.names.parsing);
  if (parsed.kind === "refused") {
    reportProblems(checker, parsed.problems, owner);
    return literal;
  }
  const facts = factsOf(parsed.value);
  if (facts.literal) {
    return literal;
  }
  useFacts(checker, { ...facts, references: others(facts, named) }, owner);
  const autos = named.autos.map((auto) =>
    planAuto(checker, auto, { written, spot, place: placeIn(written, spot) }),
  );
  const { line, column } = checker.context.source.place(written.start);
  return {
    kind: "template",
    source: named.source,
    path: spot.path,
    line,
    column,
    ...(autos.length === 0 ? {} : { autos }),
  };
}

/** A text as a condition; `undefined` when a finding says what is wrong with it. */
export function conditionText(
  checker: Checker,
  written: WrittenText,
  spot: Spot,
): Pick<ConditionField, "source" | "autos"> | undefined {
  const named = namedText(checker, written, { spot, reading: "expression" });
  if (named === undefined) {
    return undefined;
  }
  const owner: Owner = { text: named.source, offsetOf: named.offsetOf, spot };
  const parsed = parseCondition(named.source, checker.names.parsing);
  if (parsed.kind === "refused") {
    reportProblems(checker, parsed.problems, owner);
    return undefined;
  }
  const facts = factsOf(parsed.value);
  useFacts(checker, { ...facts, references: others(facts, named) }, owner);
  const autos = named.autos.map((auto) =>
    planAuto(checker, auto, { written, spot, place: BOOLEAN }),
  );
  return { source: named.source, ...(autos.length === 0 ? {} : { autos }) };
}

const BOOLEAN: FieldType = { kind: "boolean" };
const TEXT: FieldType = { kind: "string" };

/** The answer of a tag that is all of a field has the field's type (L126). */
function placeIn({ isWhole }: WrittenText, { wanted }: Spot): FieldType {
  return isWhole ? (wanted ?? TEXT) : TEXT;
}

type PlacedText = Pick<NamedText, "source" | "autos"> & {
  readonly offsetOf: (index: number) => number;
};

/** The text with names for its tags; `undefined` where a finding says that none can stand here. */
function namedText(
  checker: Checker,
  { text, autos, isWhole, offsetOf }: WrittenText,
  { spot, reading }: { spot: Spot; reading: Reading },
): PlacedText | undefined {
  const [first] = autos;
  if (first === undefined) {
    return { source: text, autos: [], offsetOf };
  }
  const where = { step: spot.step, path: spot.path, offset: first.start };
  if (spot.scope.kind === "inputs") {
    findLater(checker.context, "<AUTO> before the run starts", { where, rule: "L125" });
    return undefined;
  }
  const named = nameAutos(isWhole ? first.raw : text, autos, reading);
  const quoted = named.autos.find(({ isQuoted }) => isQuoted);
  if (quoted !== undefined) {
    find(checker.context, "template_syntax", {
      where: { ...where, offset: quoted.span.start },
      message: "in a quoted text of an expression a tag must be all of it; join texts with ~",
    });
    return undefined;
  }
  return { ...named, offsetOf: (index) => offsetOf(named.indexOf(index)) };
}

/** References of the text itself, without the names that stand for tags. */
function others({ references }: Facts, { autos }: Pick<NamedText, "autos">): Facts["references"] {
  const names = new Set(autos.map(({ name }) => name));
  return references.filter(({ root }) => !names.has(root));
}

function planAuto(
  checker: Checker,
  { name, span }: NamedAuto,
  { written, spot, place }: { written: WrittenText; spot: Spot; place: FieldType },
): PlanAuto {
  const { tags } = written;
  tags.count += 1;
  const path = tags.count === 1 ? spot.path : `${spot.path}#${tags.count}`;
  const where = { step: spot.step, path: spot.path, offset: span.start };
  countTag(checker, spot, where);
  return {
    name,
    path,
    ...autoAttributes(checker.context, span, { place, where }),
    body: bodyField(checker, span, { spot, tags }),
  };
}

/** What a tag says that is no field's text: of a model, an action, a route. */
export function autoBody(checker: Checker, span: AutoSpan, spot: Spot): Field {
  countTag(checker, spot, { step: spot.step, path: spot.path, offset: span.start });
  return bodyField(checker, span, { spot, tags: { count: 1 } });
}

/** The body is a template, whose own tags come first (L125). */
function bodyField(
  checker: Checker,
  span: AutoSpan,
  { spot, tags }: { spot: Spot; tags: WrittenText["tags"] },
): Field {
  const body: WrittenText = {
    text: span.body,
    autos: nestedAutos(span),
    isWhole: false,
    start: span.start,
    offsetOf: () => span.start,
    tags,
  };
  // A model is shown what the body reads, whatever the parameter is (L163).
  const parameter = spot.parameter && { isPrompt: true, secret: spot.parameter.secret };
  const field = textField(checker, body, {
    ...spot,
    wanted: undefined,
    ...(parameter === undefined ? {} : { parameter }),
  });
  if (spot.parameter !== undefined && parameter?.secret === true) {
    spot.parameter.secret = true;
  }
  return field;
}

/** L218. */
function countTag({ context }: Checker, { uses }: Spot, where: Where): void {
  uses.autos += 1;
  if (uses.autos === LIMITS.autosPerStep + 1) {
    const message = `one step or output has at most ${LIMITS.autosPerStep} AUTO tags`;
    find(context, "limit", { where, message });
  }
}

type Owner = {
  /** As it is parsed. */
  readonly text: string;
  readonly offsetOf: (index: number) => number;
  readonly spot: Spot;
};

function reportProblems(
  checker: Checker,
  problems: readonly TemplateProblem[],
  owner: Owner,
): void {
  for (const { code, message, offset, suggestions } of problems) {
    find(checker.context, code, { where: whereIn(owner, offset), message, suggestions });
  }
}

function whereIn({ offsetOf, spot }: Owner, index: number): Where {
  return { step: spot.step, path: spot.path, offset: offsetOf(index) };
}

function useFacts(checker: Checker, facts: Facts, owner: Owner): void {
  const { spot } = owner;
  spot.uses.impure ||= facts.impure;
  if (facts.impure && spot.scope.kind === "inputs") {
    find(checker.context, "undefined_name", {
      where: whereIn(owner, 0),
      message: "a function of the run is called here, and this is rendered before it starts",
    });
  }
  const rebinds = owner.text.includes("{%");
  for (const reference of facts.references) {
    const where = whereIn(owner, reference.offset);
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
        where: whereIn(owner, call.offset),
        message: "now() differs at every rendering; execution.timestamp is the start of the run",
        suggestions: ["execution.timestamp"],
      });
    }
  }
  for (const offset of facts.imprecise) {
    find(checker.context, "integer_precision", {
      where: whereIn(owner, offset),
      message:
        "an integer beyond 2^53 − 1 is read as a double; write it as text to keep its digits",
    });
  }
}
