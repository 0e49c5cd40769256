import { LIMITS } from "../limits.ts";
import type { Entry } from "../source/node.ts";
import { wordOf } from "../source/node.ts";
import { type Context, find } from "./context.ts";
import type { Keys } from "./read-keys.ts";
import { type Placed, wrongShape } from "./values.ts";

/** Read `labels`, a mapping of texts, and `tags`, a list of labels with an empty value (L162), of the document or of a step. */
export function readLabels(
  context: Context,
  { keys, step }: { readonly keys: Keys; readonly step: string | null },
): Readonly<Record<string, string>> {
  const labels = new Map<string, string>();
  for (const key of ["tags", "labels"]) {
    const entry = keys.get(key);
    for (const [name, value, offset] of entry === undefined
      ? []
      : pairsOf(context, { entry, step })) {
      checkLabel(context, { name, value, where: { step, path: key, offset } });
      labels.set(name, value);
    }
  }
  if (labels.size > LIMITS.labels) {
    const entry = keys.get("labels") ?? keys.get("tags");
    find(context, "limit", {
      where: { step, path: "labels", offset: entry?.keyStart ?? 0 },
      message: `${step === null ? "a document" : "a step"} has at most ${LIMITS.labels} labels; this one has ${labels.size}`,
    });
  }
  return Object.fromEntries(labels);
}

function pairsOf(
  context: Context,
  { entry, step }: { entry: Entry; step: string | null },
): readonly (readonly [string, string, number])[] {
  const { value } = entry;
  const placed: Placed = { entry, where: { step, path: entry.key, offset: entry.keyStart } };
  if (value.kind === "map") {
    return value.entries.flatMap(({ key, keyStart, value: text }) => {
      if (text.kind !== "scalar") {
        wrongShape(context, placed, "a mapping of texts");
        return [];
      }
      return [[key, wordOf(text) ?? "", keyStart] as const];
    });
  }
  const items = value.kind === "list" ? value.items : [value];
  return items.flatMap((item) => {
    const word = wordOf(item);
    if (word === undefined) {
      wrongShape(context, placed, "a list of texts, or a mapping of texts");
      return [];
    }
    return [[word, "", item.start] as const];
  });
}

function checkLabel(
  context: Context,
  { name, value, where }: { name: string; value: string; where: Placed["where"] },
): void {
  if (
    name.length > LIMITS.labelKeyCharacters ||
    value.length > LIMITS.labelValueCharacters ||
    name === ""
  ) {
    find(context, "limit", {
      where,
      message: `a label has a key of 1 to ${LIMITS.labelKeyCharacters} characters and a value of at most ${LIMITS.labelValueCharacters}`,
    });
  }
}
