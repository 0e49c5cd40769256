import { LIMITS } from "../limits.ts";
import type { SectionName } from "../plan.ts";
import { type Entry, type MapNode, wordOf } from "../source/node.ts";
import { type Context, find, joinPath } from "./context.ts";
import type { CoreDocument, CoreInput, CoreOutput, CoreSection } from "./core.ts";
import { DOCUMENT_KEYS, INPUT_KEYS } from "./grammar.ts";
import { checkName } from "./names.ts";
import { readFacts } from "./read-facts.ts";
import { type Keys, readKeys } from "./read-keys.ts";
import { readSettings } from "./read-settings.ts";
import { readSteps } from "./read-steps.ts";
import { canonicalRoot } from "./sections.ts";
import { mapValue, type Placed } from "./values.ts";

/** Read a document's tree into its core form; what cannot be read is left out and reported. */
export function readDocument(context: Context): CoreDocument {
  const root = canonicalRoot(context, context.source.root);
  const keys = readKeys(context, root, { table: DOCUMENT_KEYS, step: null, path: "" });
  const facts = readFacts(context, keys);
  const stepsEntry = keys.get("steps");
  if (stepsEntry === undefined) {
    find(context, "missing_key", {
      where: { step: null, path: "steps", offset: root.start },
      message: "a document needs steps",
      suggestions: ["steps:"],
    });
  }
  const { steps, hidden } =
    stepsEntry === undefined
      ? { steps: [], hidden: new Set<string>() }
      : readSteps(context, stepsEntry);
  return {
    facts,
    inputs: readInputs(context, keys),
    sections: readSections(context, keys),
    steps,
    hidden,
    outputs: readOutputs(context, keys),
    ...readSettings(context, keys),
  };
}

const SECTIONS: readonly SectionName[] = ["config", "data", "variables", "context"];

function placedTop(entry: Entry): Placed {
  return { entry, where: { step: null, path: entry.key, offset: entry.keyStart } };
}

function mapAt(context: Context, keys: Keys, key: string): MapNode | undefined {
  const entry = keys.get(key);
  return entry === undefined ? undefined : mapValue(context, placedTop(entry));
}

function readSections(context: Context, keys: Keys): readonly CoreSection[] {
  return SECTIONS.flatMap((name) => {
    const node = mapAt(context, keys, name);
    return node === undefined || node.entries.length === 0 ? [] : [{ name, node }];
  });
}

/** `inputs` and `parameters` merged (L21). */
function readInputs(context: Context, keys: Keys): readonly CoreInput[] {
  const merged = new Map<string, CoreInput>();
  for (const section of ["inputs", "parameters"]) {
    for (const entry of mapAt(context, keys, section)?.entries ?? []) {
      const path = joinPath(section, entry.key);
      const where = { step: null, path, offset: entry.keyStart };
      if (!checkName(context, entry.key, where)) {
        continue;
      }
      if (merged.has(entry.key)) {
        find(context, "duplicate_input", {
          where,
          message: `${entry.key} stands under inputs and under parameters; the one under parameters counts`,
        });
      }
      merged.set(entry.key, { name: entry.key, offset: entry.keyStart, path, form: formOf(entry) });
    }
  }
  return bounded(context, [...merged.values()], { what: "inputs", max: LIMITS.inputs });
}

/** L20: a mapping that has a type, or nothing but keys of a declaration, declares; anything else is a value. */
function formOf({ value }: Entry): CoreInput["form"] {
  if (value.kind !== "map" || value.entries.length === 0) {
    return { kind: "direct", value };
  }
  const declares =
    value.entries.some(({ key }) => key === "type") ||
    value.entries.every(({ key }) => INPUT_KEYS.has(key));
  return declares ? { kind: "declared", map: value } : { kind: "direct", value };
}

function readOutputs(context: Context, keys: Keys): readonly CoreOutput[] {
  const outputs = (mapAt(context, keys, "outputs")?.entries ?? []).flatMap(
    (entry): CoreOutput[] => {
      const path = joinPath("outputs", entry.key);
      const where = { step: null, path, offset: entry.keyStart };
      return checkName(context, entry.key, where)
        ? [{ name: entry.key, offset: entry.keyStart, path, node: entry.value }]
        : [];
    },
  );
  return bounded(context, outputs, { what: "outputs", max: LIMITS.outputs });
}

function bounded<T extends { readonly offset: number }>(
  context: Context,
  all: readonly T[],
  { what, max }: { what: string; max: number },
): readonly T[] {
  const first = all[max];
  if (first !== undefined) {
    find(context, "limit", {
      where: { step: null, path: what, offset: first.offset },
      message: `a document has at most ${max} ${what}; this one has ${all.length}`,
    });
  }
  return all.slice(0, max);
}

/** The id of a document that may have been refused. */
export function documentId(root: MapNode): string | undefined {
  return wordOf(root.entries.find(({ key }) => key === "id")?.value);
}
