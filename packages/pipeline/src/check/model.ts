import { find, joinPath, type Where } from "../desugar/context.ts";
import type { CoreStep, StepDefaults } from "../desugar/core.ts";
import type { Field, ModelField } from "../plan.ts";
import { type AutoSpan, type Entry, type Node, soleAuto, wordOf } from "../source/node.ts";
import { AUTO_ACTION } from "./auto-action.ts";
import { selectionOf, SELECTION_ATTRIBUTES } from "./auto-attributes.ts";
import type { Call } from "./calls.ts";
import type { Checker, Spot } from "./checker.ts";
import { fieldFrom } from "./fields.ts";
import { nearNames } from "./near.ts";
import { autoBody } from "./text-field.ts";

/** Read where a step gets its model from (L134): its parameter, its key, the defaults, else the registry's choice. */
export function checkModel(
  checker: Checker,
  {
    step,
    call,
    spot,
    defaults,
  }: {
    readonly step: CoreStep;
    readonly call: Call;
    readonly spot: Spot;
    readonly defaults: StepDefaults;
  },
): ModelField | null {
  const { context } = checker;
  const parameter = call.arguments.find(({ entry }) => entry.key === "model");
  const key = step.keys.get("model");
  const asks = call.spec.nature === "model";
  if (key !== undefined && (!asks || parameter !== undefined)) {
    find(context, "no_effect", {
      where: { step: step.id, path: "model", offset: key.keyStart },
      message: asks ? PARAMETER_COUNTS : `${call.spec.name} asks no model: model changes nothing`,
    });
  }
  if (!asks) {
    return null;
  }
  const written = parameter?.entry ?? key;
  if (written !== undefined && !isNull(written)) {
    const path = parameter === undefined ? "model" : parameter.path;
    return modelFrom(checker, written.value, { ...spot, path });
  }
  return modelOfAction(step, call) ?? modelOfDefaults(checker, defaults, spot);
}

/** What the attributes of an AUTO as action select (L133, L136). */
function modelOfAction(step: CoreStep, { spec }: Call): OneModel | undefined {
  const action = spec.name === AUTO_ACTION ? step.keys.get("action") : undefined;
  const auto = action && soleAuto(action.value);
  const attributes = selectionOf(auto?.attributes ?? {});
  return Object.keys(attributes).length === 0
    ? undefined
    : { kind: "auto", path: "action", attributes, reason: { kind: "literal", value: "" } };
}

function modelOfDefaults(checker: Checker, { model }: StepDefaults, spot: Spot): ModelField | null {
  return model === undefined || isNull(model)
    ? null
    : modelFrom(checker, model.value, { ...spot, path: "model" });
}

const PARAMETER_COUNTS = "the model among the parameters counts, not this one";

function isNull({ value }: Entry): boolean {
  return value.kind === "scalar" && value.value === null;
}

function modelFrom(checker: Checker, node: Node, spot: Spot): ModelField | null {
  if (node.kind !== "list") {
    return oneModel(checker, node, spot) ?? null;
  }
  const models = node.items.flatMap(
    (item, i) => oneModel(checker, item, { ...spot, path: joinPath(spot.path, i) }) ?? [],
  );
  if (node.items.length === 0) {
    noModel(checker, node, spot);
  }
  const names = models.flatMap((model) => (model.kind === "names" ? model.names : []));
  return names.length === models.length ? { kind: "names", names } : { kind: "list", models };
}

type OneModel = Exclude<ModelField, { readonly kind: "list" }>;

/** A name, a template that gives one or several, or an AUTO. */
function oneModel(checker: Checker, node: Node, spot: Spot): OneModel | undefined {
  const auto = soleAuto(node);
  if (auto !== undefined) {
    return autoModel(checker, auto, spot);
  }
  const word = wordOf(node) ?? "";
  if (word === "") {
    noModel(checker, node, spot);
    return undefined;
  }
  const field = fieldFrom(checker, node, spot);
  const name: Field = field.kind === "literal" ? { kind: "literal", value: word } : field;
  return { kind: "names", names: [name] };
}

function noModel(checker: Checker, node: Node, spot: Spot): void {
  find(checker.context, "parameter_type", {
    where: whereOf(spot, node),
    message: "model is a name, a template, <AUTO>…</AUTO>, or a list of these",
  });
}

function whereOf(spot: Spot, node: Node): Where {
  return { step: spot.step, path: spot.path, offset: node.start };
}

/** An AUTO as a model asks none: its attributes select, its body is the reason (L132). */
function autoModel(checker: Checker, auto: AutoSpan, spot: Spot): OneModel {
  for (const name of Object.keys(auto.attributes)) {
    if (!SELECTION_ATTRIBUTES.includes(name)) {
      find(checker.context, "auto_attribute", {
        where: { step: spot.step, path: spot.path, offset: auto.start },
        message: `the attribute ${name} selects no model`,
        suggestions: nearNames(name, SELECTION_ATTRIBUTES),
      });
    }
  }
  return {
    kind: "auto",
    path: spot.path,
    attributes: selectionOf(auto.attributes),
    reason: autoBody(checker, auto, spot),
  };
}
