import type { ParseOptions } from "@orchestrator/template";

import { type Context, find } from "../desugar/context.ts";
import type { CoreDocument, CoreInput, CoreStep } from "../desugar/core.ts";
import { FIXED_NAMES } from "../desugar/names.ts";
import { booleanOf } from "../desugar/values.ts";
import { entryOf, wordOf } from "../source/node.ts";
import type { Call } from "./calls.ts";

/** A step as references see it. */
export type KnownStep = { readonly core: CoreStep; readonly call: Call | undefined };

/** Every name that the document binds (L68). */
export type Names = {
  readonly steps: ReadonlyMap<string, KnownStep>;
  /** Loops by their other name (L116). */
  readonly loopNames: ReadonlyMap<string, CoreStep>;
  readonly inputs: ReadonlyMap<string, { readonly mayBeMissing: boolean }>;
  readonly outputs: ReadonlySet<string>;
  readonly contextKeys: ReadonlySet<string>;
  /** Ids inside constructs that are not implemented. */
  readonly hidden: ReadonlySet<string>;
  /** Steps that set a variable, in document order (L186). */
  readonly setters: ReadonlyMap<string, readonly CoreStep[]>;
  readonly allSetters: readonly CoreStep[];
  /** How names change what a template means (L46). */
  readonly parsing: ParseOptions;
};

/** Gather the names of a document. */
export function namesOf(document: CoreDocument, calls: readonly (Call | undefined)[]): Names {
  // The one step of a single-step loop has the loop's id, which means the loop.
  const named = document.steps.filter(({ single, form }) => form !== null || !single);
  const steps = new Map(
    named.map((core) => [core.id, { core, call: calls[core.ordinal] }] as const),
  );
  const loopNames = new Map(
    named.flatMap((core) => {
      const name = nameKey(core, "loop_name");
      return name === undefined ? [] : [[name, core] as const];
    }),
  );
  const itemNames = named.flatMap((core) => nameKey(core, "loop_var") ?? []);
  const context = document.sections.find(({ name }) => name === "context");
  const contextKeys = new Set(context?.node.entries.map(({ key }) => key) ?? []);
  const inputs = new Map(
    document.inputs.map((input) => [input.name, { mayBeMissing: mayBeMissing(input) }] as const),
  );
  const outputs = new Set(document.outputs.map(({ name }) => name));
  const bound = new Set([
    ...steps.keys(),
    ...loopNames.keys(),
    ...itemNames,
    ...inputs.keys(),
    ...contextKeys,
    ...outputs,
  ]);
  const joinable = new Set([...bound].filter((name) => name.includes("-")));
  return {
    steps,
    loopNames,
    inputs,
    outputs,
    contextKeys,
    hidden: document.hidden,
    ...settersOf(document, calls),
    parsing: { joinable, bound },
  };
}

/** The text of a key that gives a loop or its items a name. */
export function nameKey(step: CoreStep, key: "loop_name" | "loop_var"): string | undefined {
  const word = step.form === null ? undefined : wordOf(step.keys.get(key)?.value);
  return word === "" ? undefined : word;
}

/** An input without default that is not required (L22). */
function mayBeMissing({ form }: CoreInput): boolean {
  if (form.kind === "direct") {
    return false;
  }
  const required = entryOf(form.map, "required");
  return (
    entryOf(form.map, "default") === undefined &&
    (required === undefined || booleanOf(required.value) !== true)
  );
}

function settersOf(
  { steps }: CoreDocument,
  calls: readonly (Call | undefined)[],
): Pick<Names, "setters" | "allSetters"> {
  const setters = new Map<string, CoreStep[]>();
  const allSetters: CoreStep[] = [];
  for (const step of steps) {
    const names = variablesSet(calls[step.ordinal]);
    if (names !== undefined) {
      allSetters.push(step);
    }
    for (const name of names ?? []) {
      const known = setters.get(name);
      if (known === undefined) {
        setters.set(name, [step]);
      } else {
        known.push(step);
      }
    }
  }
  return { setters, allSetters };
}

/** The variables that a call sets; `undefined` for a call that sets none. */
function variablesSet(call: Call | undefined): readonly string[] | undefined {
  const sets =
    call?.tool === null &&
    (call.spec.name === "set" ||
      (call.spec.name === "calculate" &&
        wordOf(valueOf(call, "operation")) === "update_variables"));
  if (call === undefined || !sets) {
    return undefined;
  }
  return ["variables", ...(call.spec.name === "calculate" ? ["inputs"] : [])].flatMap((key) => {
    const value = valueOf(call, key);
    return value?.kind === "map" ? value.entries.map((entry) => entry.key) : [];
  });
}

function valueOf(call: Call, key: string) {
  return call.arguments.find(({ entry }) => entry.key === key)?.entry.value;
}

/** Warn of names that hide others (L16, L68). */
export function checkShadowing(context: Context, document: CoreDocument, names: Names): void {
  for (const { id, offset, single, form } of document.steps) {
    if (names.inputs.has(id) && (form !== null || !single)) {
      find(context, "shadowed_name", {
        where: { step: id, path: "id", offset },
        message: `the step ${id} hides the input ${id}; the input is still inputs.${id}`,
        suggestions: [`inputs.${id}`],
      });
    }
  }
  for (const { name, path, offset } of document.inputs) {
    if (FIXED_NAMES.has(name)) {
      find(context, "shadowed_name", {
        where: { step: null, path, offset },
        message: `the input ${name} hides a name that is always bound; the input is also inputs.${name}`,
        suggestions: [`inputs.${name}`],
      });
    }
  }
}
