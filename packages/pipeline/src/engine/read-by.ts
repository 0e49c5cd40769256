import { type Frame, framesOf, type Instance } from "./frame.ts";
import type { LoadedStep } from "./loaded-plan.ts";

/** The instances that a reader in a frame means by steps of the plan; with a container all that has happened in it. */
export function readBy(frame: Frame, steps: Iterable<LoadedStep>): readonly Instance[] {
  const found: Instance[] = [];
  for (const { index, block } of steps) {
    const around = frame.block === block ? frame : frameAround(frame, block);
    const instance = around?.instances[index];
    if (instance !== undefined) {
      found.push(instance);
      if (instance.frames !== undefined) {
        addInner(instance, found);
      }
    }
    // What an iteration reads of its own steps may be those of the iteration before (L112).
    const before = around?.owner?.frames?.[around.iteration - 1]?.instances[index];
    if (before !== undefined) {
      found.push(before);
      addInner(before, found);
    }
  }
  return found;
}

/** The frame of a block that a frame is part of. */
export function frameAround(frame: Frame, block: Frame["block"]): Frame | undefined {
  for (let at: Frame | undefined = frame; at !== undefined; at = at.owner?.frame) {
    if (at.block === block) {
      return at;
    }
  }
  return undefined;
}

function addInner(container: Instance, found: Instance[]): void {
  for (const { instances } of framesOf(container)) {
    for (const instance of instances) {
      found.push(instance);
      addInner(instance, found);
    }
  }
}
