import { type Context, find } from "./context.ts";
import type { CoreStep } from "./core.ts";

/** Refuse ids that read like an id of an instance in a loop (L16, L110): two things would have one name. */
export function checkExpandedIds(context: Context, steps: readonly CoreStep[]): void {
  const loops = new Map(steps.flatMap((step) => (isLoop(step) ? [[step.id, step] as const] : [])));
  if (loops.size === 0) {
    return;
  }
  for (const step of steps) {
    const loop = step.single && step.form === null ? undefined : clashing(step.id, loops);
    if (loop !== undefined) {
      find(context, "reserved_id", {
        where: { step: step.id, path: "id", offset: step.offset },
        message: `no step may be called ${step.id}: that is what a step in the loop ${loop.id} is called when it runs`,
      });
    }
  }
}

/** Where an id may be parted: the number of an iteration, and a name after it. */
const ITERATION = /_(\d+)_(?=[A-Za-z])/g;

/** The loop of which an id reads like an instance, or begins like one. */
function clashing(id: string, loops: ReadonlyMap<string, CoreStep>): CoreStep | undefined {
  for (const match of id.matchAll(ITERATION)) {
    const loop = loops.get(id.slice(0, match.index));
    const rest = id.slice(match.index + match[0].length);
    if (loop !== undefined && (isWithin(rest, loop) || beginsOne(rest, loop))) {
      return loop;
    }
  }
  return undefined;
}

function isWithin(rest: string, { body }: CoreStep): boolean {
  const inner = membersOf(body);
  return (
    inner.some(({ id }) => id === rest) ||
    clashing(rest, new Map(inner.flatMap((step) => (isLoop(step) ? [[step.id, step]] : [])))) !==
      undefined
  );
}

/** A step of the loop has an id that goes on where this one ends. */
function beginsOne(rest: string, { body }: CoreStep): boolean {
  return membersOf(body).some(
    ({ id }) => id.startsWith(`${rest}_`) && /^\d+_[A-Za-z]/.test(id.slice(rest.length + 1)),
  );
}

/** The steps of a body, those in groups too, which add nothing to an id. */
function membersOf(body: readonly CoreStep[]): readonly CoreStep[] {
  return body.flatMap((step) =>
    step.form === "parallel" ? [step, ...membersOf(step.body)] : [step],
  );
}

function isLoop({ form }: CoreStep): boolean {
  return form !== null && form !== "parallel";
}
