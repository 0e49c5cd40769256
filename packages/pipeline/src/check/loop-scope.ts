import type { CoreStep } from "../desugar/core.ts";
import { BOUND_NAMES } from "../desugar/names.ts";
import type { LoopScope, Scope } from "./checker.ts";
import { nameKey } from "./names.ts";

/** What a loop binds in its body (L115). */
export function bodyScope(loop: CoreStep, { sequential }: { sequential: boolean }): LoopScope {
  const names = loop.form === null || loop.form === "parallel" ? [] : BOUND_NAMES[loop.form];
  return {
    loop,
    names: new Set(sequential ? [...names, "previous"] : names),
    itemName: nameKey(loop, "loop_var") ?? null,
    loopName: nameKey(loop, "loop_name") ?? null,
    seesBody: true,
  };
}

/** Whether a loop runs one iteration after another, so that there is one before (L112). */
export function isSequential({ names }: LoopScope): boolean {
  return names.has("previous");
}

/** Whether a field sees a step by its plain id: not where that is in the body of a loop that the field is not in (L110). */
export function isVisible(step: CoreStep, scope: Scope): boolean {
  const around = loopAround(step);
  return (
    around === null ||
    (scope.kind === "step" && scope.loops.some(({ loop, seesBody }) => loop === around && seesBody))
  );
}

/** The loop whose body a step is part of; groups hide nothing (L124). */
export function loopAround({ container }: CoreStep): CoreStep | null {
  let at = container;
  while (at !== null && at.form === "parallel") {
    at = at.container;
  }
  return at;
}

/** All names that a loop binds but its own. */
export function namesBound({ names, itemName }: LoopScope): readonly string[] {
  return itemName === null ? [...names] : [...names, itemName];
}

const FORM_WORDS: Readonly<Record<string, string>> = {
  for_each: "for_each",
  repeat: "while and until",
  action_loop: "action_loop",
  queue: "create_parallel_queue",
};

/** What binds a name that only loops bind. */
export function binderOf(name: string): string {
  const forms = Object.entries(BOUND_NAMES).filter(([, names]) => names.includes(name));
  const words = forms.map(([form]) => FORM_WORDS[form] ?? form);
  return words.length === 0
    ? "loops that run one iteration after another"
    : `the body of ${words.join(", ")}`;
}
