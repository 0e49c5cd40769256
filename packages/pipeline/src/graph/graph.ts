import { loopAround } from "../check/loop-scope.ts";
import { didYouMean, nearNames } from "../check/near.ts";
import type { CheckedOutputs } from "../check/outputs.ts";
import type { CheckedStep } from "../check/steps.ts";
import { type Context, find, findLater, type Where } from "../desugar/context.ts";
import type { CoreStep } from "../desugar/core.ts";
import type { FindingCode } from "../finding-codes.ts";
import { type Entry, wordOf } from "../source/node.ts";
import { type Ancestry, ancestryOf } from "./ancestors.ts";
import { addEdge, type Edges, noEdges, type Origin } from "./edges.ts";
import { elseOwners, linkElse } from "./else-branches.ts";
import { depthsOf, orderOf } from "./order.ts";
import { type Jump, jumpsOf, skipsOf } from "./routes.ts";
import { reportUnreachable } from "./unreachable.ts";

/** How the steps of a document hang together. */
export type Graph = {
  readonly edges: Edges;
  readonly jumps: readonly Jump[];
  /** By jump: the steps that it skips. */
  readonly skips: readonly (readonly number[])[];
  /** By step: the step whose else branch it is in. */
  readonly elseOwners: ReadonlyMap<number, number>;
  /** By step (L49). */
  readonly depths: readonly number[];
};

/** What the graph is made from. */
export type GraphInput = {
  readonly steps: readonly CheckedStep[];
  readonly outputs: CheckedOutputs;
  readonly hidden: ReadonlySet<string>;
};

/** Build the graph (L43–L49, L84–L87); where it has a circle, the report says so and nothing beyond it is known. */
export function buildGraph(context: Context, input: GraphInput): Graph {
  const cores = input.steps.map(({ core }) => core);
  // What a single-step loop runs has the loop's id, which means the loop.
  const named = cores.filter(({ single, form }) => form !== null || !single);
  const byId = new Map(named.map((core) => [core.id, core] as const));
  const edges = noEdges(cores.length);
  const ofOutput = outputSteps(input.outputs);
  const linker: Linker = { context, byId, edges, hidden: input.hidden, ofOutput };
  for (const step of input.steps) {
    if (byId.get(step.core.id) === step.core) {
      linkDeclared(linker, step.core);
    }
    linkInferred(linker, step);
    linkActions(linker, step.core);
  }
  const owners = elseOwners(context, cores, byId);
  linkElse(linker, cores, owners);
  const written = input.steps.flatMap((step) => jumpsOf(context, step, byId));
  const order = orderOf(edges);
  if (order.kind === "circular") {
    reportCircles(linker, cores, { circles: order.circles, code: "cycle" });
    const skips = written.map(() => []);
    return { edges, jumps: written, elseOwners: owners, skips, depths: cores.map(() => 0) };
  }
  const jumps = legalJumps(written, { edges, order: order.order });
  const known = { edges, jumps, elseOwners: owners };
  const skips = routed(linker, { cores, jumps, order: order.order });
  const routedOrder = orderOf(edges);
  if (routedOrder.kind === "circular") {
    reportCircles(linker, cores, { circles: routedOrder.circles, code: "routing_cycle" });
    return { ...known, skips, depths: cores.map(() => 0) };
  }
  reportUnreachable(context, { steps: input.steps, jumps, skips, elseOwners: owners });
  return { ...known, skips, depths: depthsOf(edges, routedOrder.order) };
}

type Linker = {
  readonly context: Context;
  readonly byId: ReadonlyMap<string, CoreStep>;
  readonly edges: Edges;
  readonly hidden: ReadonlySet<string>;
  /** Every step that an output refers to. */
  readonly ofOutput: (name: string) => ReadonlySet<string>;
};

/** `dependencies`: a list, one id, or ids in a text with commas (L43). */
function linkDeclared(linker: Linker, step: CoreStep): void {
  const { context, byId, edges } = linker;
  const entry = step.keys.get("dependencies");
  for (const { id, offset } of entry === undefined ? [] : declaredIds(context, step, entry)) {
    const where = { step: step.id, path: entry?.key ?? "dependencies", offset };
    const from = byId.get(id);
    if (from === step) {
      find(context, "cycle", {
        where,
        message: `step ${id} depends on itself: ${id} → ${id}`,
        referencedStep: id,
      });
    } else if (from !== undefined && isWithin(step, loopAround(from))) {
      const link = linkBetween(step, from);
      if (link !== undefined && context.links.take()) {
        addEdge(edges, link.to, { from: link.from, origin: "declared", where });
      }
    } else {
      reportUnknown(linker, { id, from, where });
    }
  }
}

/** A dependency that is no step, or one in a loop that the step is not in (L110). */
function reportUnknown(
  { context, byId, hidden }: Linker,
  { id, from, where }: { id: string; from: CoreStep | undefined; where: Where },
): void {
  const loop = from === undefined ? null : loopAround(from);
  if (loop !== null) {
    find(context, "unknown_step", {
      where,
      message: `${id} is part of the loop ${loop.id}, and only that can be waited for from here`,
      suggestions: [loop.id],
      referencedStep: id,
    });
  } else if (!hidden.has(id)) {
    const suggestions = context.report.crowded ? [] : nearNames(id, byId.keys());
    find(context, "unknown_step", {
      where,
      message: `there is no step ${id}${didYouMean(suggestions)}`,
      suggestions,
      referencedStep: id,
    });
  }
}

function declaredIds(
  context: Context,
  step: CoreStep,
  { key, value }: Entry,
): readonly { readonly id: string; readonly offset: number }[] {
  const items = value.kind === "list" ? value.items : [value];
  return items.flatMap((item) => {
    const where = { step: step.id, path: key, offset: item.start };
    const word = wordOf(item);
    if (item.kind !== "scalar") {
      find(context, "schema", { where, message: `${key} is a list of ids of steps` });
      return [];
    }
    if (item.autos.length > 0 || word?.includes("{{") === true) {
      const what = item.autos.length > 0 ? "<AUTO>" : "a template";
      findLater(context, `${what} in ${key}`, { where, rule: "L43" });
      return [];
    }
    return (word ?? "")
      .split(",")
      .map((id) => ({ id: id.trim(), offset: item.start }))
      .filter(({ id }) => id !== "");
  });
}

function linkInferred(linker: Linker, { core, uses }: CheckedStep): void {
  for (const [id, where] of uses.steps) {
    linkTo(linker, core, { id, where, origin: "template" });
  }
  for (const [name, where] of uses.outputs) {
    for (const id of linker.ofOutput(name)) {
      linkTo(linker, core, { id, where, origin: "output" });
    }
  }
}

/** Looks every output up once. */
function outputSteps(outputs: CheckedOutputs): Linker["ofOutput"] {
  const known = new Map<string, ReadonlySet<string>>();
  return (name) => {
    const steps = known.get(name) ?? stepsOfOutput(name, outputs);
    known.set(name, steps);
    return steps;
  };
}

/** Every step that an output refers to, also through other outputs (L32). */
function stepsOfOutput(name: string, { uses }: CheckedOutputs): ReadonlySet<string> {
  const names = new Set([name]);
  const steps = new Set<string>();
  for (const each of names) {
    const own = uses.get(each);
    own?.steps.forEach((_where, id) => steps.add(id));
    own?.outputs.forEach((_where, other) => names.add(other));
  }
  return steps;
}

function linkTo(
  { context, byId, edges }: Linker,
  step: CoreStep,
  { id, where, origin }: { id: string; where: Where; origin: Origin },
): void {
  const from = byId.get(id);
  if (from === undefined) {
    return;
  }
  if (from === step) {
    const message = `step ${id} waits for an output that refers to it: ${id} → ${id}`;
    find(context, "cycle", { where, message, referencedStep: id });
    return;
  }
  const link = linkBetween(step, from);
  if (link === undefined || edges[link.to]?.has(link.from) === true || !context.links.take()) {
    return;
  }
  addEdge(edges, link.to, { from: link.from, origin, where });
  find(context, "implicit_dependency", {
    where,
    message: `${step.id} uses ${id}, and waits for it without saying so; add dependencies: [${id}]`,
    suggestions: [`dependencies: [${id}]`],
    referencedStep: id,
  });
}

/** An AUTO does not choose what its own step waits for (L87): that has run. */
function legalJumps(
  jumps: readonly Jump[],
  { edges, order }: { edges: Edges; order: readonly number[] },
): readonly Jump[] {
  if (!jumps.some(({ chosen }) => chosen === true)) {
    return jumps;
  }
  const ancestry = ancestryOf(edges, order);
  return jumps.filter(
    ({ source, target, chosen }) =>
      chosen !== true || !ancestry.has(source.ordinal, target.ordinal),
  );
}

/** L111: what is needed across blocks, the container waits for, in the block that both are part of. */
function linkBetween(
  reader: CoreStep,
  needed: CoreStep,
): { readonly to: number; readonly from: number } | undefined {
  for (let from: CoreStep | null = needed; from !== null; from = from.container) {
    const to = ancestorIn(reader, from.container);
    if (to !== undefined) {
      return to === from ? undefined : { to: to.ordinal, from: from.ordinal };
    }
  }
  return undefined;
}

/** The step itself, or what holds it, in the body of a container. */
function ancestorIn(step: CoreStep, container: CoreStep | null): CoreStep | undefined {
  let at: CoreStep | null = step;
  while (at !== null && at.container !== container) {
    at = at.container;
  }
  return at ?? undefined;
}

function isWithin(step: CoreStep, loop: CoreStep | null): boolean {
  return loop === null || ancestorIn(step, loop) !== undefined;
}

/** L122: actions run one after another. */
function linkActions({ context, edges }: Linker, { form, body }: CoreStep): void {
  for (const [i, { ordinal, id, offset }] of form === "action_loop" ? body.entries() : []) {
    const before = body[i - 1];
    if (before !== undefined && context.links.take()) {
      const where = { step: id, path: "", offset };
      addEdge(edges, ordinal, { from: before.ordinal, origin: "control_flow", where });
    }
  }
}

/** L86: what a jump could skip, and its target, wait for its source. */
function routed(
  { context, edges }: Linker,
  {
    cores,
    jumps,
    order,
  }: { cores: readonly CoreStep[]; jumps: readonly Jump[]; order: readonly number[] },
): readonly (readonly number[])[] {
  let ancestry: Ancestry | undefined;
  const skips = skipsOf(context, jumps, {
    steps: cores,
    ancestry: () => (ancestry ??= ancestryOf(edges, order)),
  });
  jumps.forEach(({ source, target, entry }, i) => {
    const where = { step: source.id, path: entry.key, offset: entry.keyStart };
    for (const step of [...(skips[i] ?? []), target.ordinal]) {
      addEdge(edges, step, { from: source.ordinal, origin: "routing", where });
    }
  });
  return skips;
}

function reportCircles(
  { context, edges }: Linker,
  cores: readonly CoreStep[],
  { circles, code }: { circles: readonly (readonly number[])[]; code: FindingCode },
): void {
  const why =
    code === "cycle" ? "steps wait for each other" : "a jump makes steps wait for each other";
  for (const circle of circles) {
    const ids = circle.map((index) => cores[index]?.id ?? "");
    const [first = 0, second = first] = circle;
    const edge = edges[first]?.get(second);
    if (edge !== undefined) {
      find(context, code, {
        where: edge.where,
        message: `${why}: ${[...ids, ...ids.slice(0, 1)].join(" → ")}`,
        referencedStep: cores[second]?.id ?? "",
      });
    }
  }
}
