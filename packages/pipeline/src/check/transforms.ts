import { type Context, find, findLater, joinPath } from "../desugar/context.ts";
import type { CoreStep } from "../desugar/core.ts";
import { entryOf, type Node, wordOf } from "../source/node.ts";
import type { Call } from "./calls.ts";
import { closestName, didYouMean, nearNames } from "./near.ts";

/** Types of changes of data-processing's `transform` (L196). */
const TYPES: readonly string[] = [
  "filter",
  "aggregate",
  "rename_fields",
  "add_field",
  "deduplicate",
  "cast",
  "fill_missing",
  "calculate",
  "normalize",
  "sort",
  "select",
  "drop",
  "limit",
];

/** Refuse changes of a `transform` whose literal type does not exist; none is ignored (L196). */
export function checkTransforms(
  context: Context,
  { step, call }: { readonly step: CoreStep; readonly call: Call },
): void {
  if (call.tool !== "data-processing" || call.spec.name !== "transform") {
    return;
  }
  for (const { entry, path } of call.arguments) {
    if (entry.key === "type") {
      checkType(context, entry.value, { step: step.id, path });
    } else if (entry.key === "operations" || entry.key === "transformations") {
      const items = entry.value.kind === "list" ? entry.value.items : [];
      items.forEach((item, i) => {
        const type = item.kind === "map" ? entryOf(item, "type") : undefined;
        if (type !== undefined) {
          checkType(context, type.value, { step: step.id, path: `${joinPath(path, i)}.type` });
        }
      });
    }
  }
}

function checkType(
  context: Context,
  node: Node,
  { step, path }: { step: string; path: string },
): void {
  const word = wordOf(node) ?? "";
  const where = { step, path, offset: node.start };
  if (TYPES.includes(word.toLowerCase()) || word.includes("{{")) {
    return;
  }
  if (word === "sql") {
    findLater(context, "the transform sql", { where, rule: "L196" });
    return;
  }
  const near = nearNames(word, TYPES);
  const suggestions = near.length > 0 ? near : [closestName(word, TYPES) ?? "filter"];
  find(context, "unknown_operation", {
    where,
    message: `there is no transform ${word}${didYouMean(suggestions)}`,
    suggestions,
  });
}
