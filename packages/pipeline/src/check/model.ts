import { find, findLater, joinPath, type Where } from "../desugar/context.ts";
import type { CoreStep, StepDefaults } from "../desugar/core.ts";
import type { Field, ModelField } from "../plan.ts";
import { type AutoSpan, type Entry, type Node, soleAuto, wordOf } from "../source/node.ts";
import type { Call } from "./calls.ts";
import type { Checker, Spot } from "./checker.ts";
import { fieldFrom } from "./fields.ts";
import { nearNames } from "./near.ts";

/** Attributes by which the registry selects (L136). */
const ATTRIBUTES: readonly string[] = [
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
  const parameter = call.arguments.find(({ entry }) => entry.key === "model");
  const key = step.keys.get("model");
  if (call.spec.nature !== "model") {
    if (key !== undefined) {
      find(checker.context, "no_effect", {
        where: { step: step.id, path: "model", offset: key.keyStart },
        message: `${call.spec.name} asks no model, so that model changes nothing`,
      });
    }
    return null;
  }
  if (parameter !== undefined && key !== undefined) {
    find(checker.context, "no_effect", {
      where: { step: step.id, path: "model", offset: key.keyStart },
      message: "the model among the parameters counts, not this one",
    });
  }
  const written = parameter?.entry ?? key;
  if (written !== undefined && !isNull(written)) {
    const path = parameter === undefined ? "model" : parameter.path;
    return modelFrom(checker, written.value, { ...spot, path });
  }
  return defaults.model === undefined || isNull(defaults.model)
    ? null
    : modelFrom(checker, defaults.model.value, { ...spot, path: "model" });
}

function isNull({ value }: Entry): boolean {
  return value.kind === "scalar" && value.value === null;
}

function modelFrom(checker: Checker, node: Node, spot: Spot): ModelField | null {
  const auto = soleAuto(node);
  if (auto !== undefined) {
    return autoModel(checker, auto, { node, spot });
  }
  const names = node.kind === "list" ? node.items : [node];
  const wrong = names.find((name) => (wordOf(name) ?? "") === "");
  if (wrong !== undefined || names.length === 0) {
    find(checker.context, "parameter_type", {
      where: whereOf(spot, wrong ?? node),
      message: "model is a name, a template, <AUTO>…</AUTO>, or a list of names",
    });
    return null;
  }
  const fields = names.map((name, i): Field => {
    if (soleAuto(name) !== undefined) {
      findLater(checker.context, "<AUTO> in a list of models", {
        where: whereOf(spot, name),
        rule: "L134",
      });
      return { kind: "literal", value: null };
    }
    const path = node.kind === "list" ? joinPath(spot.path, i) : spot.path;
    const field = fieldFrom(checker, name, { ...spot, path });
    return field.kind === "literal" ? { kind: "literal", value: wordOf(name) ?? "" } : field;
  });
  return { kind: "names", names: fields };
}

function whereOf(spot: Spot, node: Node): Where {
  return { step: spot.step, path: spot.path, offset: node.start };
}

/** An AUTO as a model asks none: its attributes select, its body is the reason (L132). */
function autoModel(
  checker: Checker,
  auto: AutoSpan,
  { node, spot }: { node: Node; spot: Spot },
): ModelField {
  for (const name of Object.keys(auto.attributes)) {
    if (!ATTRIBUTES.includes(name)) {
      find(checker.context, "auto_attribute", {
        where: { ...whereOf(spot, node), offset: auto.start },
        message: `the attribute ${name} selects no model`,
        suggestions: nearNames(name, ATTRIBUTES),
      });
    }
  }
  const attributes = Object.fromEntries(
    Object.entries(auto.attributes).filter(([name]) => ATTRIBUTES.includes(name)),
  );
  if (/\{\{|\{%/.test(auto.body)) {
    findLater(checker.context, "a template inside <AUTO>", {
      where: { ...whereOf(spot, node), offset: auto.start },
      rule: "L125",
    });
  }
  return { kind: "auto", attributes, reason: auto.body };
}
