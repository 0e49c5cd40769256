import type { Reference } from "@orchestrator/template";
import { GLOBALS } from "@orchestrator/template";

import { find, type Where } from "../desugar/context.ts";
import { FIXED_NAMES, LOOP_NAMES } from "../desugar/names.ts";
import type { Checker, Spot } from "./checker.ts";
import { checkDataFlow } from "./data-flow.ts";
import { didYouMean, nearNames } from "./near.ts";
import { useSecret } from "./secrets.ts";

/** Resolve a reference of a template: note what it uses, and report what nothing binds (L56, L68). */
export function useReference(
  checker: Checker,
  reference: Reference,
  { spot, where }: { spot: Spot; where: Where },
): void {
  const use: Use = { checker, reference, spot, where, path: fieldsOf(reference) };
  const { root, dollar } = reference;
  if (dollar && root !== "results" && !LOOP_NAMES.has(root) && !checker.names.hidden.has(root)) {
    undefinedName(use, `$${root}`, {
      note: "$ stands before a loop binding, a loop's name or results",
    });
    return;
  }
  if (!dollar && spot.scope.kind === "step" && spot.scope.own.has(root)) {
    return;
  }
  useRoot(use);
}

type Use = {
  readonly checker: Checker;
  readonly reference: Reference;
  readonly spot: Spot;
  readonly where: Where;
  /** The names that are read; a method that is called is none of them. */
  readonly path: readonly (string | number | null)[];
};

function fieldsOf({ path, called }: Reference): Use["path"] {
  return called ? path.slice(0, -1) : path;
}

function useRoot(use: Use): void {
  const { checker, reference, spot } = use;
  const { root } = reference;
  const { names } = checker;
  if (spot.scope.kind !== "inputs" && names.steps.has(root)) {
    useStep(use, root, use.path);
  } else if (names.inputs.has(root)) {
    useInput(use, root);
  } else if (spot.scope.kind !== "inputs" && names.contextKeys.has(root)) {
    return;
  } else if (FIXED_NAMES.has(root)) {
    useFixed(use, root);
  } else if (!names.hidden.has(root) && !(reference.called && GLOBALS.has(root))) {
    unbound(use, root);
  }
}

function unbound(use: Use, root: string): void {
  const { checker, reference, spot, where } = use;
  if (LOOP_NAMES.has(root) && !reference.guarded) {
    find(checker.context, "loop_variable_unbound", {
      where,
      message: `${root} is bound by a loop, and this field is in none`,
    });
    return;
  }
  const known = spot.scope.kind === "inputs" && checker.names.steps.has(root);
  undefinedName(use, root, known ? { note: "only inputs are known before the run starts" } : {});
}

function undefinedName(
  use: Use,
  name: string,
  { note = "", field }: { note?: string; field?: string },
): void {
  const { checker, reference, where } = use;
  const isSearched = note === "" && field === undefined && !checker.context.report.crowded;
  const suggestions = isSearched ? nearNames(name, scopeNames(use)) : [];
  const tail = note === "" ? didYouMean(suggestions) : `; ${note}`;
  const facts = { where, suggestions, ...(field === undefined ? {} : { referencedField: field }) };
  if (reference.guarded) {
    find(checker.context, "undefined_name_guarded", {
      ...facts,
      message: `nothing binds ${name}; it is missing here${tail}`,
    });
  } else {
    find(checker.context, "undefined_name", { ...facts, message: `nothing binds ${name}${tail}` });
  }
}

function scopeNames({ checker, spot }: Use): readonly string[] {
  const { steps, inputs, contextKeys } = checker.names;
  return spot.scope.kind === "inputs"
    ? [...inputs.keys()]
    : [...steps.keys(), ...inputs.keys(), ...contextKeys, ...FIXED_NAMES];
}

function useStep(use: Use, id: string, path: Use["path"]): void {
  const { checker, spot, where } = use;
  const { scope, uses } = spot;
  if (scope.kind === "step" && scope.id === id) {
    find(checker.context, "cycle", {
      where,
      message: `step ${id} refers to itself: ${id} → ${id}`,
      referencedStep: id,
    });
    return;
  }
  if (!uses.steps.has(id)) {
    uses.steps.set(id, where);
  }
  checkDataFlow(checker, { id, path, spot, where });
}

function useInput(use: Use, name: string): void {
  const { checker, reference, spot, where } = use;
  if (!spot.uses.inputs.has(name)) {
    spot.uses.inputs.set(name, where);
  }
  const input = checker.names.inputs.get(name);
  if (input?.mayBeMissing === true && !reference.guarded) {
    find(checker.context, "optional_input_unguarded", {
      where,
      message: `the input ${name} may be missing here; write ${name} | default(…), or give it a default`,
      suggestions: [`${name} | default('')`],
    });
  }
}

/** The names that are always bound (L68). */
function useFixed(use: Use, root: string): void {
  const { checker, spot, where } = use;
  if (root === "inputs" || root === "parameters") {
    useClosedInputs(use, root);
    return;
  }
  if (root === "secrets" || root === "env") {
    useSecret(checker, { root, spot, where, path: use.path });
    return;
  }
  if (spot.scope.kind === "inputs") {
    undefinedName(use, root, { note: "only inputs are known before the run starts" });
    return;
  }
  useRunName(use, root);
}

function useRunName(use: Use, root: string): void {
  const { spot } = use;
  switch (root) {
    case "steps":
    case "results":
      useNamedStep(use, root);
      return;
    case "outputs":
      useOutput(use);
      return;
    case "variables":
      useVariable(use);
      return;
    case "execution":
      useExecution(use);
      return;
    case "error":
      undefinedName(use, root, { note: "error is bound in handlers only" });
      return;
    case "execution_time":
    case "previous_results":
      spot.uses.impure = true;
      return;
    default:
  }
}

/** L27: `inputs` and `parameters` are closed. */
function useClosedInputs(use: Use, root: string): void {
  const { checker, path } = use;
  const [name] = path;
  if (typeof name !== "string") {
    for (const input of checker.names.inputs.keys()) {
      use.spot.uses.inputs.set(input, use.where);
    }
    return;
  }
  if (checker.names.inputs.has(name)) {
    useInput(use, name);
    return;
  }
  closedField(use, { root, name, fields: [...checker.names.inputs.keys()] });
}

function closedField(
  use: Use,
  { root, name, fields }: { root: string; name: string; fields: readonly string[] },
): void {
  const { checker, reference, where } = use;
  const suggestions = checker.context.report.crowded ? [] : nearNames(name, fields);
  find(checker.context, reference.guarded ? "undefined_name_guarded" : "undefined_name", {
    where,
    message: `${root} has no field ${name}${didYouMean(suggestions)}`,
    suggestions: suggestions.map((field) => `${root}.${field}`),
    referencedField: name,
  });
}

/** `steps.<step>` and `results.<step>`. */
function useNamedStep(use: Use, root: "steps" | "results"): void {
  const { checker, spot } = use;
  const [id, ...rest] = use.path;
  const { steps, hidden } = checker.names;
  if (typeof id !== "string") {
    if (spot.scope.kind === "step") {
      undefinedName(use, root, {
        note: `write ${root}.<step>, so that it is known what to wait for`,
      });
      return;
    }
    for (const each of steps.keys()) {
      useStep(use, each, [null]);
    }
    return;
  }
  if (steps.has(id)) {
    useStep(use, id, root === "results" ? ["result", ...rest] : rest);
  } else if (!hidden.has(id)) {
    closedField(use, { root, name: id, fields: [...steps.keys()] });
  }
}

function useOutput(use: Use): void {
  const { checker, spot, where } = use;
  const [name] = use.path;
  const { outputs } = checker.names;
  const named = typeof name === "string" ? [name] : [...outputs];
  for (const each of named) {
    if (outputs.has(each)) {
      spot.uses.outputs.set(each, where);
    } else {
      closedField(use, { root: "outputs", name: each, fields: [...outputs] });
    }
  }
}

/** L186: a reader waits for every step above it that sets the variable. */
function useVariable({ checker, spot, where, path }: Use): void {
  const [name] = path;
  const { setters, allSetters } = checker.names;
  const setting = typeof name === "string" ? (setters.get(name) ?? []) : allSetters;
  const { scope, uses } = spot;
  for (const { id, index } of setting) {
    const isAbove = scope.kind !== "step" || index < scope.index;
    if (isAbove && !uses.steps.has(id) && checker.context.links.take()) {
      uses.steps.set(id, where);
    }
  }
}

const EXECUTION_FIELDS = [
  "id",
  "pipeline_id",
  "started_at",
  "timestamp",
  "date",
  "time",
  "duration",
];

function useExecution(use: Use): void {
  const [name] = use.path;
  if (name === "duration" || name === null || name === undefined) {
    use.spot.uses.impure = true;
  }
  if (typeof name === "string" && !EXECUTION_FIELDS.includes(name)) {
    closedField(use, { root: "execution", name, fields: EXECUTION_FIELDS });
  }
}
