import type {
  ActionSpec,
  Catalogue,
  OperationSpec,
  ParameterSpec,
  ToolSpec,
} from "../catalogue.ts";

/** A catalogue by the names of what is in it. */
export type CatalogueIndex = {
  readonly tools: ReadonlyMap<string, ToolSpec>;
  readonly actions: ReadonlyMap<string, ActionSpec>;
  /** Canonical names, for suggestions. */
  readonly toolNames: readonly string[];
  readonly actionNames: readonly string[];
};

/** The form in which names of tools, actions and operations are compared (L182). */
export function normalName(name: string): string {
  return name.trim().toLowerCase().replaceAll("_", "-");
}

const indexes = new WeakMap<Catalogue, CatalogueIndex>();

/** The index of a catalogue; made once for each. */
export function catalogueIndex(catalogue: Catalogue): CatalogueIndex {
  const known = indexes.get(catalogue);
  if (known !== undefined) {
    return known;
  }
  const made: CatalogueIndex = {
    tools: byName(catalogue.tools),
    actions: byName(catalogue.actions),
    toolNames: catalogue.tools.map(({ name }) => name),
    actionNames: [...catalogue.actions, ...catalogue.tools].flatMap(spellings),
  };
  indexes.set(catalogue, made);
  return made;
}

type Named = { readonly name: string; readonly aliases: readonly string[] };

function spellings({ name, aliases }: Named): readonly string[] {
  return [name, ...aliases];
}

function byName<T extends Named>(all: readonly T[]): ReadonlyMap<string, T> {
  return new Map(
    all.flatMap((each) =>
      [each.name, ...each.aliases].map((name) => [normalName(name), each] as const),
    ),
  );
}

const operations = new WeakMap<ToolSpec, ReadonlyMap<string, OperationSpec>>();

/** An operation of a tool by any of its names. */
export function operationOf(tool: ToolSpec, name: string): OperationSpec | undefined {
  const known = operations.get(tool) ?? byName(tool.operations);
  operations.set(tool, known);
  return known.get(normalName(name));
}

const parameters = new WeakMap<OperationSpec, ReadonlyMap<string, ParameterSpec>>();

/** The parameters of an operation by every spelling. */
export function parametersOf(operation: OperationSpec): ReadonlyMap<string, ParameterSpec> {
  const known =
    parameters.get(operation) ??
    new Map(
      operation.parameters.flatMap((each) =>
        [each.name, ...each.aliases].map((name) => [name, each] as const),
      ),
    );
  parameters.set(operation, known);
  return known;
}
