import type { FieldType } from "../catalogue.ts";
import { find, joinPath } from "../desugar/context.ts";
import type { CoreOutput } from "../desugar/core.ts";
import { OUTPUT_KEYS } from "../desugar/grammar.ts";
import { type Keys, readKeys } from "../desugar/read-keys.ts";
import { booleanValue, type Placed } from "../desugar/values.ts";
import { cycleIn } from "../graph/name-cycle.ts";
import type { PlanOutput } from "../plan.ts";
import { jsonOfNode, type MapNode } from "../source/node.ts";
import { type Checker, noUses, type Spot, type Uses } from "./checker.ts";
import { fieldFrom } from "./fields.ts";
import { checkedSchema } from "./input-checks.ts";
import { namedType } from "./inputs.ts";

/** Outputs in the order in which they can be evaluated (L30), with what they use. */
export type CheckedOutputs = {
  readonly outputs: readonly PlanOutput[];
  readonly uses: ReadonlyMap<string, Uses>;
};

/** What is not shown, by name (L165). */
export type Hidden = { readonly inputs: ReadonlySet<string>; readonly steps: ReadonlySet<string> };

/** Read the declared outputs (L29), and refuse those that refer to each other in a circle. */
export function checkOutputs(
  checker: Checker,
  { outputs, hidden }: { readonly outputs: readonly CoreOutput[]; readonly hidden: Hidden },
): CheckedOutputs {
  const uses = new Map<string, Uses>();
  const read = outputs.flatMap((output): PlanOutput[] => {
    const own = noUses();
    uses.set(output.name, own);
    const { name, path } = output;
    const spot: Spot = { step: null, path, scope: { kind: "output", name }, uses: own };
    const made = outputOf(checker, output, spot);
    return made === undefined ? [] : [made];
  });
  const edges = new Map([...uses].map(([name, own]) => [name, [...own.outputs.keys()]] as const));
  const cycle = cycleIn(edges);
  if (cycle !== undefined) {
    const first = outputs.find(({ name }) => name === cycle[0]);
    find(checker.context, "cycle", {
      where: { step: null, path: first?.path ?? "outputs", offset: first?.offset ?? 0 },
      message: `outputs refer to each other: ${[...cycle, cycle[0] ?? ""].join(" → ")}`,
    });
    return { outputs: read, uses };
  }
  return { outputs: withHidden(inOrder(read, edges), { uses, hidden }), uses };
}

/** An output that reads something sensitive is sensitive too; those that it uses come before it. */
function withHidden(
  outputs: readonly PlanOutput[],
  { uses, hidden }: { uses: ReadonlyMap<string, Uses>; hidden: Hidden },
): readonly PlanOutput[] {
  const sensitive = new Set<string>();
  return outputs.map((output) => {
    const own = uses.get(output.name);
    const reads =
      output.sensitive === true ||
      [...(own?.inputs.keys() ?? [])].some((name) => hidden.inputs.has(name)) ||
      [...(own?.steps.keys() ?? [])].some((id) => hidden.steps.has(id)) ||
      [...(own?.outputs.keys() ?? [])].some((name) => sensitive.has(name));
    if (!reads) {
      return output;
    }
    sensitive.add(output.name);
    return { ...output, sensitive: true };
  });
}

const DECLARATION = new Set([
  "type",
  "description",
  "format",
  "location",
  "schema",
  "sensitive",
  "secret",
]);

function outputOf(
  checker: Checker,
  { name, node, path }: CoreOutput,
  spot: Spot,
): PlanOutput | undefined {
  if (node.kind === "map" && node.entries.some(({ key }) => key === "value" || key === "source")) {
    return objectForm(checker, { name, node }, spot);
  }
  if (
    node.kind === "map" &&
    node.entries.length > 0 &&
    node.entries.every(({ key }) => DECLARATION.has(key))
  ) {
    find(checker.context, "output_without_value", {
      where: { step: null, path, offset: node.start },
      message: `the output ${name} says what it is, but not its value`,
      suggestions: ["value: "],
    });
    return undefined;
  }
  return { name, value: fieldFrom(checker, node, spot), type: null, schema: null, location: null };
}

function objectForm(
  checker: Checker,
  { name, node }: { name: string; node: MapNode },
  spot: Spot,
): PlanOutput {
  const { context } = checker;
  const keys = readKeys(context, node, { table: OUTPUT_KEYS, step: null, path: spot.path });
  const type = placed(keys, "type", spot);
  const schema = placed(keys, "schema", spot);
  const location = placed(keys, "location", spot);
  const value = placed(keys, "value", spot);
  const sensitive = placed(keys, "sensitive", spot);
  const field = (at: Placed, wanted?: FieldType) =>
    fieldFrom(checker, at.entry.value, { ...spot, path: at.where.path, wanted });
  const declared = type === undefined ? undefined : namedType(context, type);
  return {
    name,
    value: value === undefined ? { kind: "literal", value: null } : field(value, declared),
    type: declared ?? null,
    schema:
      schema === undefined
        ? null
        : (checkedSchema(context, schema, jsonOfNode(schema.entry.value)) ?? null),
    location: location === undefined ? null : field(location),
    ...(sensitive !== undefined && booleanValue(context, sensitive) === true
      ? { sensitive: true }
      : {}),
  };
}

function placed(keys: Keys, key: string, { path }: Spot): Placed | undefined {
  const entry = keys.get(key);
  return (
    entry && {
      entry,
      where: { step: null, path: joinPath(path, entry.key), offset: entry.keyStart },
    }
  );
}

/** Those that an output uses come before it; otherwise as written. */
function inOrder(
  outputs: readonly PlanOutput[],
  edges: ReadonlyMap<string, readonly string[]>,
): readonly PlanOutput[] {
  const byName = new Map(outputs.map((output) => [output.name, output] as const));
  const ordered = new Map<string, PlanOutput>();
  const visit = (name: string): void => {
    const output = byName.get(name);
    if (output === undefined || ordered.has(name)) {
      return;
    }
    for (const used of edges.get(name) ?? []) {
      visit(used);
    }
    ordered.set(name, output);
  };
  for (const { name } of outputs) {
    visit(name);
  }
  return [...ordered.values()];
}
