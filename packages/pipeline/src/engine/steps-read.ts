import { loadField, type Needs, noNeeds } from "./field-program.ts";
import type { LoadedBlock, LoadedPlan, LoadedStep } from "./loaded-plan.ts";

/** Steps that what was noted may read, seen from a block: its own, and those of the blocks around it; outputs included (L32). */
export function stepsRead(
  { reads }: Needs,
  { loaded, block }: { loaded: LoadedPlan; block: LoadedBlock },
): readonly LoadedStep[] {
  if (reads.has("previous_results") || reads.has("steps.*") || reads.has("results.*")) {
    return blocksAround(block).flatMap(({ steps }) => steps);
  }
  const found = new Set<LoadedStep>();
  const blocks = blocksAround(block);
  for (const read of reads) {
    const place = placeNamed(blocks, read.replace(/^(?:steps|results)\./, ""));
    if (place !== undefined) {
      found.add(place);
    }
    if (read.startsWith("outputs.")) {
      readByOutputs(read.slice("outputs.".length), loaded).forEach((of) => found.add(of));
    }
  }
  if (reads.has("variables")) {
    for (const { steps, setters } of blocks) {
      setters.forEach((index) => steps[index] !== undefined && found.add(steps[index]));
    }
  }
  if (reads.has("previous")) {
    block.steps.forEach((step) => found.add(step));
  }
  return found.size === 0 ? NONE : [...found];
}

const NONE: readonly LoadedStep[] = [];

/** A block and those that it is part of, inner first. */
function blocksAround(block: LoadedBlock): readonly LoadedBlock[] {
  const around = [block];
  for (let at = block.owner; at !== undefined; at = at.block.owner) {
    around.push(at.block);
  }
  return around;
}

/** A step by its id, by another name of it, or by the name of what it holds as a group. The name of a loop also stands for that in its body. */
function placeNamed(blocks: readonly LoadedBlock[], name: string): LoadedStep | undefined {
  for (const { steps, indexes, aliases } of blocks) {
    const index = indexes.get(name) ?? aliases.get(name);
    if (index !== undefined) {
      return steps[index];
    }
  }
  return undefined;
}

/** Every output may use others; what any of those up to this one in order reads is enough (L30). */
function readByOutputs(name: string, loaded: LoadedPlan): readonly LoadedStep[] {
  const { outputs } = loaded.plan;
  const last =
    name === "*" ? outputs.length : outputs.findIndex((output) => output.name === name) + 1;
  const needs = noNeeds();
  for (const { value } of outputs.slice(0, last)) {
    loadField(value, { names: loaded.names, needs });
  }
  needs.reads.forEach((read) => read.startsWith("outputs.") && needs.reads.delete(read));
  return stepsRead(needs, { loaded, block: loaded.root });
}
