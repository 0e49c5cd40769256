import type { CoreStep } from "../desugar/core.ts";
import type { PlanStep } from "../plan.ts";
import { soleAuto } from "../source/node.ts";
import { autoAttributes } from "./auto-attributes.ts";
import type { Checker, Spot } from "./checker.ts";
import { autoBody } from "./text-field.ts";

/** The AUTO of a `goto` (L87): what it may answer is known once the graph is. */
export function autoRoute(checker: Checker, step: CoreStep, spot: Spot): PlanStep["gotoAuto"] {
  const entry = step.keys.get("goto");
  const auto = entry && soleAuto(entry.value);
  if (auto === undefined) {
    return undefined;
  }
  const where = { step: step.id, path: "goto", offset: auto.start };
  const { attributes } = autoAttributes(checker.context, auto, {
    place: { kind: "string" },
    where,
  });
  const { default: fallback } = auto.attributes;
  return {
    attributes,
    body: autoBody(checker, auto, { ...spot, path: "goto" }),
    ...(fallback === undefined ? {} : { default: fallback.trim() }),
  };
}
