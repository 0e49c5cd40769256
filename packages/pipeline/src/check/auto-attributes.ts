import type { Json } from "@orchestrator/template";

import { type AutoType, fitAuto } from "../auto/auto-type.ts";
import type { FieldType } from "../catalogue.ts";
import { type Context, find, type Where } from "../desugar/context.ts";
import type { PlanAuto } from "../plan.ts";
import type { AutoSpan } from "../source/node.ts";
import { TYPE_NAMES, typeNamed } from "./input-types.ts";
import { nearNames } from "./near.ts";

/** Attributes by which the registry selects (L136). */
export const SELECTION_ATTRIBUTES: readonly string[] = [
  "task",
  "expertise",
  "complexity",
  "quality",
  "cost",
  "speed",
  "latency",
  "min_size",
  "max_size",
  "provider",
  "capabilities",
  "domain",
];
/** Attributes that say what the answer must be (L126). */
const ANSWER_ATTRIBUTES: readonly string[] = [
  "type",
  "min",
  "max",
  "choices",
  "options",
  "default",
];

/** Read what the attributes of a tag say of its answer, and of who is asked (L126, L136). */
export function autoAttributes(
  context: Context,
  { attributes }: AutoSpan,
  { place, where }: { readonly place: FieldType; readonly where: Where },
): AutoType & Pick<PlanAuto, "attributes" | "default"> {
  const known = [...ANSWER_ATTRIBUTES, ...SELECTION_ATTRIBUTES];
  for (const name of Object.keys(attributes)) {
    if (!known.includes(name)) {
      const message = `the attribute ${name} says nothing of an answer or of a model`;
      find(context, "auto_attribute", { where, message, suggestions: nearNames(name, known) });
    }
  }
  const wanted = answerType(context, attributes, { place, where });
  return {
    ...wanted,
    attributes: selectionOf(attributes),
    ...defaultOf(context, { text: attributes["default"], wanted, where }),
  };
}

/** The attributes that select a model. */
export function selectionOf(attributes: AutoSpan["attributes"]): AutoSpan["attributes"] {
  return Object.fromEntries(
    Object.entries(attributes).filter(([name]) => SELECTION_ATTRIBUTES.includes(name)),
  );
}

function answerType(
  context: Context,
  attributes: AutoSpan["attributes"],
  { place, where }: { place: FieldType; where: Where },
): AutoType {
  const bound = (name: "min" | "max") => boundOf(context, { name, text: attributes[name], where });
  const min = bound("min");
  const max = bound("max");
  const choices = choicesOf(attributes["choices"] ?? attributes["options"]);
  const named = typeOf(context, attributes["type"], where);
  const isPlain = place.kind === "string" || place.kind === "any";
  const bounded = min !== undefined || max !== undefined;
  const type = named ?? (isPlain && bounded ? NUMBER : isPlain ? TEXT : place);
  return {
    type,
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    ...(choices === undefined ? {} : { choices }),
  };
}

const TEXT: FieldType = { kind: "string" };
const NUMBER: FieldType = { kind: "number" };

function typeOf(context: Context, word: string | undefined, where: Where): FieldType | undefined {
  const type = word === undefined ? undefined : typeNamed(word);
  if (word !== undefined && type === undefined) {
    const message = `${word} is no type; an answer has the type of its place then`;
    find(context, "auto_attribute", { where, message, suggestions: nearNames(word, TYPE_NAMES) });
  }
  return type;
}

function boundOf(
  context: Context,
  { name, text, where }: { name: string; text: string | undefined; where: Where },
): number | undefined {
  const value = Number(text);
  if (text === undefined || (text.trim() !== "" && Number.isFinite(value))) {
    return text === undefined ? undefined : value;
  }
  const message = `${name} must be a number, not ${text}; it bounds nothing`;
  find(context, "auto_attribute", { where, message });
  return undefined;
}

/** `a, b`, `a|b`, or a JSON list. */
function choicesOf(text: string | undefined): readonly string[] | undefined {
  const words = text === undefined ? [] : (listOf(text) ?? text.split(/[,|]/));
  const choices = words.map((word) => word.trim()).filter((word) => word !== "");
  return choices.length === 0 ? undefined : choices;
}

function listOf(text: string): readonly string[] | undefined {
  try {
    const value: unknown = text.trimStart().startsWith("[") ? JSON.parse(text) : undefined;
    return Array.isArray(value) ? value.map(String) : undefined;
  } catch {
    // Words in brackets that are no JSON: they are split as others.
    return text.replaceAll(/[[\]"']/g, "").split(",");
  }
}

function defaultOf(
  context: Context,
  { text, wanted, where }: { text: string | undefined; wanted: AutoType; where: Where },
): Pick<PlanAuto, "default"> {
  if (text === undefined) {
    return {};
  }
  const fitted = fitAuto(text, wanted);
  if (fitted.kind === "misfit") {
    find(context, "parameter_type", { where, message: `the default ${fitted.message}` });
    return {};
  }
  const value: Json = fitted.value;
  return { default: value };
}
