import { joinPath } from "../desugar/context.ts";
import type { CoreStep } from "../desugar/core.ts";
import { ARTIFACT_KEYS } from "../desugar/grammar.ts";
import { readKeys } from "../desugar/read-keys.ts";
import { booleanOf, wrongShape } from "../desugar/values.ts";
import type { PlanStep } from "../plan.ts";
import { type Node, wordOf } from "../source/node.ts";
import type { Checker, Spot } from "./checker.ts";
import { fieldFrom } from "./fields.ts";
import { placedKey } from "./policies.ts";

type Artifacts = PlanStep["artifacts"];

/** Read which files a step's success collects (L36). */
export function artifactsOf(checker: Checker, step: CoreStep, spot: Spot): Artifacts {
  const placed = placedKey(step, "artifacts");
  if (placed === undefined) {
    return [];
  }
  const { value } = placed.entry;
  const items: readonly Node[] = value.kind === "list" ? value.items : [value];
  return items.flatMap((item, i): Artifacts => {
    const path = joinPath("artifacts", i);
    if (wordOf(item) !== undefined) {
      return [{ glob: fieldFrom(checker, item, { ...spot, path }), optional: false }];
    }
    const keys =
      item.kind === "map"
        ? readKeys(checker.context, item, { table: ARTIFACT_KEYS, step: step.id, path })
        : undefined;
    const glob = keys?.get("glob");
    if (glob === undefined) {
      wrongShape(checker.context, placed, "a list of globs, or of {glob, optional}");
      return [];
    }
    const optional = keys?.get("optional");
    return [
      {
        glob: fieldFrom(checker, glob.value, { ...spot, path: joinPath(path, "glob") }),
        optional: optional !== undefined && booleanOf(optional.value) === true,
      },
    ];
  });
}
