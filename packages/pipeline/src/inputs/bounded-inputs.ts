import type { Json } from "@orchestrator/template";

import type { JsonObject } from "../events.ts";
import { LIMITS } from "../limits.ts";
import type { InputViolation } from "./bind-inputs.ts";

/** How inputs pass a limit, if they do (L3, L218); their depth comes first, for what is beyond it cannot even be measured. */
export function excessOf(supplied: JsonObject): InputViolation | undefined {
  if (someWithin(supplied, ({ depth }) => depth > LIMITS.suppliedInputDepth)) {
    return beyond(`the inputs are nested deeper than ${LIMITS.suppliedInputDepth} levels`);
  }
  const infinite = Object.entries(supplied).find(([, value]) => someWithin(value, isInfinite));
  if (infinite !== undefined) {
    const message = `${infinite[0]} holds a number that is larger than any can be`;
    return { code: "INPUT_INVALID", input: infinite[0], message };
  }
  return Buffer.byteLength(JSON.stringify(supplied)) > LIMITS.suppliedInputBytes
    ? beyond(`the inputs are larger than ${LIMITS.suppliedInputBytes} bytes in all`)
    : undefined;
}

function beyond(message: string): InputViolation {
  return { code: "LIMIT_EXCEEDED", input: "", message };
}

/** A value with the number of lists and mappings around it, its own included. */
type Part = { readonly value: Json; readonly depth: number };

/** Walks without recursion, as it is what bounds recursion. */
function someWithin(root: Json, holds: (part: Part) => boolean): boolean {
  const left: Part[] = [partOf(root, 0)];
  for (let part = left.pop(); part !== undefined; part = left.pop()) {
    if (holds(part)) {
      return true;
    }
    const { value, depth } = part;
    for (const inner of typeof value === "object" && value !== null ? Object.values(value) : []) {
      left.push(partOf(inner, depth));
    }
  }
  return false;
}

function partOf(value: Json, around: number): Part {
  return { value, depth: typeof value === "object" && value !== null ? around + 1 : around };
}

function isInfinite({ value }: Part): boolean {
  return typeof value === "number" && !Number.isFinite(value);
}
