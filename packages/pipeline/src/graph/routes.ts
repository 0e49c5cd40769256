import { didYouMean, nearNames } from "../check/near.ts";
import type { CheckedStep } from "../check/steps.ts";
import { type Context, find } from "../desugar/context.ts";
import { findLater } from "../desugar/context.ts";
import type { CoreStep } from "../desugar/core.ts";
import { LIMITS } from "../limits.ts";
import { type Entry, soleAuto, wordOf } from "../source/node.ts";
import type { Ancestry } from "./ancestors.ts";

/** A jump whose target is known to be one (L84, L87). */
export type Jump = {
  readonly source: CoreStep;
  readonly target: CoreStep;
  readonly when: "condition_false" | "success" | "failure" | "otherwise";
  readonly entry: Entry;
  /** An AUTO may choose it, or another, or none (L87). */
  readonly chosen?: boolean;
};

/** The jumps that a step's keys name. */
export function jumpsOf(
  context: Context,
  { core, failure }: CheckedStep,
  steps: ReadonlyMap<string, CoreStep>,
): readonly Jump[] {
  const written = [
    ["condition_false", core.keys.get("on_false")],
    ["success", core.keys.get("on_success")],
    ["failure", failure.target],
    ["otherwise", core.keys.get("goto")],
  ] as const;
  return written.flatMap(([when, entry]): Jump[] => {
    if (when === "otherwise" && entry !== undefined && soleAuto(entry.value) !== undefined) {
      return laterInList(core, steps).map((target) => ({
        source: core,
        target,
        when,
        entry,
        chosen: true,
      }));
    }
    const target = entry && targetOf(context, { source: core, entry, steps });
    return entry === undefined || target === undefined
      ? []
      : [{ source: core, target, when, entry }];
  });
}

/** Where an AUTO may go on: the steps that come later in the same list. */
function laterInList(source: CoreStep, steps: ReadonlyMap<string, CoreStep>): readonly CoreStep[] {
  return [...steps.values()].filter(
    ({ list, index }) => list === source.list && index > source.index,
  );
}

/** What `on_failure` may say instead of a step (L83). */
const POLICIES = ["fail", "continue", "skip", "retry"];

function targetOf(
  context: Context,
  {
    source,
    entry,
    steps,
  }: { source: CoreStep; entry: Entry; steps: ReadonlyMap<string, CoreStep> },
): CoreStep | undefined {
  const where = { step: source.id, path: entry.key, offset: entry.value.start };
  if (entry.value.kind === "scalar" && entry.value.autos.length > 0) {
    findLater(context, `<AUTO> in ${entry.key}`, { where, rule: "L125" });
    return undefined;
  }
  const id = wordOf(entry.value) ?? "";
  const target = steps.get(id);
  if (target === undefined) {
    const words = entry.key === "on_failure" ? [...POLICIES, ...steps.keys()] : steps.keys();
    const suggestions = context.report.crowded ? [] : nearNames(id, words);
    find(context, "unknown_step", {
      where,
      message: `${entry.key} goes to ${id === "" ? "nothing" : id}, which is no step${didYouMean(suggestions)}`,
      suggestions,
      referencedStep: id,
    });
    return undefined;
  }
  return isLegal(context, { source, target, entry, where }) ? target : undefined;
}

function isLegal(
  context: Context,
  {
    source,
    target,
    entry,
    where,
  }: {
    source: CoreStep;
    target: CoreStep;
    entry: Entry;
    where: { step: string; path: string; offset: number };
  },
): boolean {
  if (target === source) {
    const message = `${entry.key} of ${source.id} goes to ${source.id} itself`;
    find(context, "routing_self", { where, message, referencedStep: target.id });
    return false;
  }
  if (target.list !== source.list || target.ordinal < source.ordinal) {
    find(context, "routing_backward", {
      where,
      message: `${entry.key} goes to ${target.id}, which does not come later in the same list of steps`,
      referencedStep: target.id,
    });
    return false;
  }
  return true;
}

/** What each jump skips on the way (L85): by jump, the indexes in document order. */
export function skipsOf(
  context: Context,
  jumps: readonly Jump[],
  { steps, ancestry }: { readonly steps: readonly CoreStep[]; readonly ancestry: () => Ancestry },
): readonly (readonly number[])[] {
  let total = 0;
  return jumps.map((jump) => {
    const between = total > LIMITS.routedSkips ? [] : stepsBetween(steps, jump);
    const skips =
      between.length === 0 ? [] : between.filter((step) => isSkipped(ancestry(), { step, jump }));
    total += skips.length;
    if (total > LIMITS.routedSkips) {
      find(context, "limit", {
        where: { step: jump.source.id, path: jump.entry.key, offset: jump.entry.keyStart },
        message: `the jumps of a document skip at most ${LIMITS.routedSkips} steps in all`,
      });
    }
    return skips;
  });
}

/** Strictly between in document order; the source's own else branch stands inside it. */
function stepsBetween(steps: readonly CoreStep[], { source, target }: Jump): readonly number[] {
  const branch = `${source.path}.else`;
  const hasElse = source.elseSteps.length > 0;
  return steps
    .slice(source.ordinal + 1, target.ordinal)
    .flatMap(({ ordinal, path, container }) =>
      container !== source.container || (hasElse && path.startsWith(branch)) ? [] : [ordinal],
    );
}

function isSkipped(ancestry: Ancestry, { step, jump }: { step: number; jump: Jump }): boolean {
  const source = jump.source.ordinal;
  return (
    !ancestry.has(source, step) &&
    (!ancestry.has(jump.target.ordinal, step) || ancestry.has(step, source))
  );
}
