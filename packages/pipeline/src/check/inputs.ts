import type { FieldType } from "../catalogue.ts";
import { type Context, find, joinPath, type Where } from "../desugar/context.ts";
import type { CoreInput } from "../desugar/core.ts";
import { INPUT_KEYS, VALIDATION_KEYS } from "../desugar/grammar.ts";
import { type Keys, readKeys } from "../desugar/read-keys.ts";
import { booleanValue, mapValue, type Placed, textValue } from "../desugar/values.ts";
import { cycleIn } from "../graph/name-cycle.ts";
import { acceptValue } from "../inputs/accept.ts";
import type { InputDeclaration } from "../plan.ts";
import { type Entry, jsonOfNode, type MapNode, wordOf } from "../source/node.ts";
import { type Checker, noUses, type Uses } from "./checker.ts";
import { fieldFrom } from "./fields.ts";
import { checksOf } from "./input-checks.ts";
import { TYPE_NAMES, typeNamed, typeOfValue } from "./input-types.ts";
import { closestName, didYouMean, nearNames } from "./near.ts";

/** Read the declarations of inputs (L20), and refuse defaults that refer to each other in a circle (L25). */
export function checkInputs(
  checker: Checker,
  inputs: readonly CoreInput[],
): readonly InputDeclaration[] {
  const uses = new Map<string, Uses>();
  const declarations = inputs.map((input) => {
    const own = noUses();
    uses.set(input.name, own);
    return declarationOf(checker, input, own);
  });
  reportCycles(checker.context, inputs, uses);
  return declarations;
}

function declarationOf(checker: Checker, input: CoreInput, uses: Uses): InputDeclaration {
  const { form, name, path } = input;
  const scope = { kind: "inputs", self: name } as const;
  if (form.kind === "direct") {
    return {
      name,
      type: typeOfValue(jsonOfNode(form.value)),
      required: false,
      description: null,
      default: fieldFrom(checker, form.value, { step: null, path, scope, uses }),
      template: false,
      checks: {},
    };
  }
  const keys = keysOf(checker.context, form.map, path);
  const place = (key: string): Placed | undefined => placed(keys, { key, path });
  const type = typeOf(checker.context, keys, path);
  const fallback = keys.get("default");
  const declaration: InputDeclaration = {
    name,
    type,
    required: flag(checker.context, place("required")),
    description: text(checker.context, place("description")),
    ...(fallback === undefined
      ? {}
      : {
          default: fieldFrom(checker, fallback.value, {
            step: null,
            path: joinPath(path, "default"),
            scope,
            uses,
          }),
        }),
    template: flag(checker.context, place("template")),
    ...(flag(checker.context, place("sensitive")) ? { sensitive: true } : {}),
    checks: checksOf(checker.context, keys, path),
  };
  if (fallback !== undefined) {
    checkDefault(checker.context, declaration, { entry: fallback, path });
  }
  return declaration;
}

/** The keys of a declaration; those of `validation` count where the declaration has none. */
function keysOf(context: Context, map: MapNode, path: string): Keys {
  const keys = readKeys(context, map, { table: INPUT_KEYS, step: null, path });
  const validation = placed(keys, { key: "validation", path });
  const inner = validation && mapValue(context, validation);
  if (inner === undefined) {
    return keys;
  }
  const more = readKeys(context, inner, {
    table: VALIDATION_KEYS,
    step: null,
    path: joinPath(path, "validation"),
  });
  return new Map([...more, ...keys]);
}

function placed(keys: Keys, { key, path }: { key: string; path: string }): Placed | undefined {
  const entry = keys.get(key);
  return entry === undefined
    ? undefined
    : { entry, where: { step: null, path: joinPath(path, entry.key), offset: entry.keyStart } };
}

function flag(context: Context, at: Placed | undefined): boolean {
  return at === undefined ? false : (booleanValue(context, at) ?? false);
}

function text(context: Context, at: Placed | undefined): string | null {
  return at === undefined ? null : (textValue(context, at) ?? null);
}

function typeOf(context: Context, keys: Keys, path: string): FieldType {
  const at = placed(keys, { key: "type", path });
  const fallback = keys.get("default")?.value;
  if (at === undefined) {
    return fallback === undefined ? { kind: "any" } : typeOfValue(jsonOfNode(fallback));
  }
  return namedType(context, at) ?? { kind: "any" };
}

/** The type that a key names; an unknown one is a finding. */
export function namedType(context: Context, { entry, where }: Placed): FieldType | undefined {
  const word = wordOf(entry.value) ?? "";
  const type = typeNamed(word);
  if (type === undefined) {
    const near = nearNames(word, TYPE_NAMES);
    const suggestions = near.length > 0 ? near : [closestName(word, TYPE_NAMES) ?? "any"];
    find(context, "schema", {
      where: { ...where, offset: entry.value.start },
      message: `there is no type ${word}${didYouMean(suggestions)}`,
      suggestions,
    });
  }
  return type;
}

/** A literal default must be a value that could be supplied. */
function checkDefault(
  context: Context,
  declaration: InputDeclaration,
  { entry, path }: { entry: Entry; path: string },
): void {
  const { default: fallback, name } = declaration;
  if (fallback?.kind !== "literal" || fallback.value === null) {
    return;
  }
  const accepted = acceptValue(fallback.value, declaration);
  for (const problem of accepted.kind === "refused" ? accepted.problems : []) {
    find(context, "parameter_type", {
      where: { step: null, path: joinPath(path, "default"), offset: entry.value.start },
      message: `the default of ${name} ${problem}`,
    });
  }
}

function reportCycles(
  context: Context,
  inputs: readonly CoreInput[],
  uses: ReadonlyMap<string, Uses>,
): void {
  const offsets = new Map(
    inputs.map(({ name, offset, path }) => [name, { step: null, path, offset }]),
  );
  const edges = new Map(
    [...uses].map(([name, { inputs: used }]) => [name, [...used.keys()]] as const),
  );
  const cycle = cycleIn(edges);
  const where: Where | undefined = offsets.get(cycle?.[0] ?? "");
  if (cycle !== undefined && where !== undefined) {
    find(context, "cycle", {
      where,
      message: `the defaults of inputs refer to each other: ${[...cycle, cycle[0] ?? ""].join(" → ")}`,
    });
  }
}
