import type { Reference } from "@orchestrator/template";
import { GLOBALS } from "@orchestrator/template";

import { find, type Where } from "../desugar/context.ts";
import type { CoreStep } from "../desugar/core.ts";
import { FIXED_NAMES, LOOP_NAMES } from "../desugar/names.ts";
import type { Checker, LoopScope, Spot } from "./checker.ts";
import { checkDataFlow } from "./data-flow.ts";
import { binderOf, isVisible, loopAround, namesBound } from "./loop-scope.ts";
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
  if (!dollar && spot.scope.kind === "step" && spot.scope.own.has(root)) {
    return;
  }
  if (!(dollar && root === "results") && useBinding(use)) {
    return;
  }
  if (dollar && root !== "results" && !LOOP_NAMES.has(root) && !checker.names.hidden.has(root)) {
    undefinedName(use, `$${root}`, {
      note: "$ stands before a loop binding, a loop's name or results",
    });
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
  const step = spot.scope.kind === "inputs" ? undefined : stepNamed(use, root);
  if (step !== undefined) {
    useStep(use, step, use.path);
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

/** A name that a loop around the field binds, inner loop first (L68, L115–L117); says whether there is one. */
function useBinding(use: Use): boolean {
  const { spot, reference } = use;
  const { scope, uses } = spot;
  const { root } = reference;
  for (const bound of scope.kind === "step" ? scope.loops : []) {
    const isLoop = bound.seesBody && (root === bound.loop.id || root === bound.loopName);
    if (isLoop || bound.names.has(root) || root === bound.itemName) {
      uses.loops.add(bound.loop);
      if (isLoop) {
        useLoopItself(use, bound);
      } else if (root === "previous") {
        usePrevious(use, bound.loop);
      }
      return true;
    }
  }
  return false;
}

/** In its body, a loop is a mapping of its bindings and of the iterations so far (L116); of one step, also the one before (L112). */
function useLoopItself(use: Use, bound: LoopScope): void {
  const [field] = use.path;
  const known = [...namesBound(bound), "iterations", "results"];
  if (typeof field === "string" && !bound.loop.single && !known.includes(field)) {
    closedField(use, { root: use.reference.root, name: field, fields: known });
  }
}

function usePrevious(use: Use, { id, body }: CoreStep): void {
  const [name] = use.path;
  const fields = body.map((step) => step.id);
  if (typeof name === "string" && !fields.includes(name)) {
    closedField(use, { root: "previous", name, fields });
  } else if (name === undefined && !use.reference.guarded) {
    undefinedName(use, "previous", { note: `write previous.<step>, with a step of ${id}` });
  }
}

/** A step that the field can see, by its id or as a loop by its other name. */
function stepNamed({ checker, spot }: Use, name: string): string | undefined {
  const { steps, loopNames } = checker.names;
  const core = steps.get(name)?.core ?? loopNames.get(name);
  return core !== undefined && isVisible(core, spot.scope) ? core.id : undefined;
}

function unbound(use: Use, root: string): void {
  const { checker, reference, spot, where } = use;
  const inside = checker.names.steps.get(root)?.core;
  const loop = inside === undefined ? null : loopAround(inside);
  if (loop !== null && spot.scope.kind !== "inputs") {
    const spelling = `${loop.id}.results[i].${root}`;
    undefinedName(use, root, {
      note: `it is part of the loop ${loop.id}; outside of that write ${spelling}`,
      suggestions: [spelling],
    });
    return;
  }
  if (LOOP_NAMES.has(root) && !reference.guarded) {
    find(checker.context, "loop_variable_unbound", {
      where,
      message: `${root} is bound by ${binderOf(root)}, and this field is in none`,
    });
    return;
  }
  const known = spot.scope.kind === "inputs" && checker.names.steps.has(root);
  undefinedName(use, root, known ? { note: "only inputs are known before the run starts" } : {});
}

function undefinedName(
  use: Use,
  name: string,
  {
    note = "",
    field,
    suggestions: known,
  }: { note?: string; field?: string; suggestions?: readonly string[] },
): void {
  const { checker, reference, where } = use;
  const isSearched = note === "" && field === undefined && !checker.context.report.crowded;
  const suggestions = known ?? (isSearched ? nearNames(name, scopeNames(use)) : []);
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
    : [
        ...[...steps].flatMap(([id, { core }]) => (isVisible(core, spot.scope) ? [id] : [])),
        ...(spot.scope.kind === "step" ? spot.scope.loops.flatMap(namesBound) : []),
        ...inputs.keys(),
        ...contextKeys,
        ...FIXED_NAMES,
      ];
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
    for (const [each, { core }] of steps) {
      if (isVisible(core, spot.scope)) {
        useStep(use, each, [null]);
      }
    }
    return;
  }
  const step = stepNamed(use, id);
  if (step !== undefined) {
    useStep(use, step, root === "results" ? ["result", ...rest] : rest);
  } else if (steps.has(id)) {
    unbound(use, id);
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
  for (const { id, ordinal } of setting) {
    const isAbove = scope.kind !== "step" || ordinal < scope.ordinal;
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
