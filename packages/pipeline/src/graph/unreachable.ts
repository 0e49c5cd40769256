import type { CheckedStep } from "../check/steps.ts";
import { type Context, find } from "../desugar/context.ts";
import type { Jump } from "./routes.ts";

/** Warn of steps that every path skips: behind a jump that is always taken, or under a condition that is never true. */
export function reportUnreachable(
  context: Context,
  {
    steps,
    jumps,
    skips,
    elseOwners,
  }: {
    readonly steps: readonly CheckedStep[];
    readonly jumps: readonly Jump[];
    readonly skips: readonly (readonly number[])[];
    readonly elseOwners: ReadonlyMap<number, number>;
  },
): void {
  const routed = new Set(skips.flat());
  const taken = new Map<number, { readonly jump: Jump; readonly skips: ReadonlySet<number> }[]>();
  jumps.forEach((jump, i) => {
    const own = taken.get(jump.source.ordinal) ?? [];
    taken.set(jump.source.ordinal, [...own, { jump, skips: new Set(skips[i]) }]);
  });
  for (const step of steps) {
    const { core, condition } = step;
    if (condition?.source === false) {
      unreachable(context, step, "its condition is never true");
    }
    const runs = condition === null && !routed.has(core.ordinal) && !elseOwners.has(core.ordinal);
    const alwaysSkipped = runs ? certainSkips(step, taken.get(core.ordinal) ?? []) : [];
    for (const index of alwaysSkipped) {
      const target = steps[index];
      if (target !== undefined) {
        unreachable(context, target, `${core.id} always jumps over it`);
      }
    }
  }
}

type Taken = { readonly jump: Jump; readonly skips: ReadonlySet<number> };

/** What is skipped whatever becomes of a step that runs. Under `fail` nothing runs after a failure anyway. */
function certainSkips({ failure }: CheckedStep, jumps: readonly Taken[]): readonly number[] {
  const when = (kind: Jump["when"]) =>
    jumps.find(({ jump }) => jump.when === kind && jump.chosen !== true)?.skips;
  const success = when("success") ?? when("otherwise");
  const failed = when("failure") ?? when("otherwise");
  if (success === undefined) {
    return [];
  }
  const stops = failed === undefined && failure.policy === "fail";
  return [...success].filter((index) => stops || failed?.has(index) === true);
}

function unreachable(context: Context, { core }: CheckedStep, why: string): void {
  find(context, "unreachable_step", {
    where: { step: core.id, path: "", offset: core.offset },
    message: `${core.id} is never run: ${why}`,
  });
}
