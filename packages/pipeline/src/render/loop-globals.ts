import { MISSING, textOf, type Value } from "@orchestrator/template";

import { instancesIn, type Instance } from "../engine/frame.ts";
import { isSettled } from "../engine/step-record.ts";
import { orElse } from "./instance-view.ts";
import { type BoundIteration, bindingOf } from "./loop-bindings.ts";
import type { RunReading, Viewpoint } from "./reading.ts";

/** What a function of the run that asks for loops answers (L74); undefined for another function. */
export function loopGlobal(
  reading: RunReading,
  { name, args }: { name: string; args: readonly Value[] },
): Value | undefined {
  const loops = loopsAround(reading.from);
  switch (name) {
    case "loop_var":
      return loopVariable(reading, { loops, args });
    case "loop_item_at":
      return itemAt(loops, args);
    case "current_loop_name":
      return loops[0] === undefined ? null : nameOf(loops[0].container);
    case "active_loops":
      return loops.map(({ container }) => nameOf(container)).toReversed();
    case "historical_loops":
      return [...instancesIn(reading.state.root)]
        .filter(({ place, record }) => place.step.kind === "loop" && isSettled(record))
        .map(nameOf);
    default:
      return undefined;
  }
}

type Loops = readonly BoundIteration[];

function loopVariable(
  reading: RunReading,
  { loops, args: [loop = "", name = ""] }: { loops: Loops; args: readonly Value[] },
): Value {
  const bound = loopNamed(loops, textOf(loop));
  const value = bound === undefined ? undefined : bindingOf(bound, { name: textOf(name), reading });
  return orElse(value, MISSING);
}

function itemAt(loops: Loops, [loop = "", index = ""]: readonly Value[]): Value {
  const items = loopNamed(loops, textOf(loop))?.container.record.loop?.items;
  return typeof index === "number" ? orElse(items?.at(index), MISSING) : MISSING;
}

/** The iterations that a field is part of, inner first. */
function loopsAround(from: Viewpoint | undefined): readonly BoundIteration[] {
  const loops: BoundIteration[] = from?.loop === undefined ? [] : [from.loop];
  for (let at = from?.frame; at?.owner !== undefined; at = at.owner.frame) {
    const { owner: container, iteration } = at;
    if (container.place.step.kind === "loop" && container !== from?.loop?.container) {
      loops.push({ container, iteration });
    }
  }
  return loops;
}

function loopNamed(loops: readonly BoundIteration[], name: string): BoundIteration | undefined {
  return loops.find(
    ({ container }) => nameOf(container) === name || container.place.step.id === name,
  );
}

function nameOf({ place: { step } }: Instance): string {
  return step.kind === "loop" ? (step.loopName ?? step.id) : step.id;
}
