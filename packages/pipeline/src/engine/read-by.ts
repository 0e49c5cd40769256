import type { Frame, Instance } from "./frame.ts";
import type { LoadedStep } from "./loaded-plan.ts";

/** The instances that a reader in a frame means by steps of the plan. */
export function readBy(frame: Frame, steps: Iterable<LoadedStep>): readonly Instance[] {
  const found: Instance[] = [];
  for (const { index } of steps) {
    const instance = frame.instances[index];
    if (instance !== undefined) {
      found.push(instance);
    }
  }
  return found;
}
