import { LIMITS } from "../limits.ts";
import { type Entry, entryOf, type MapNode, type Node, wordOf } from "../source/node.ts";
import { formOf, type StepForm } from "./containers.ts";
import { type Context, find, findLater, joinPath } from "./context.ts";
import type { CoreStep } from "./core.ts";
import { checkExpandedIds } from "./expanded-ids.ts";
import { STEP_KEYS } from "./grammar.ts";
import { checkName, isName, reservedReason } from "./names.ts";
import { type Keys, readKeys } from "./read-keys.ts";

/** The steps of a document in document order, nested else steps right after their owner (L42). */
export type ReadSteps = {
  /** Those in bodies right after their container. */
  readonly steps: readonly CoreStep[];
  /** Ids inside constructs that are not implemented. */
  readonly hidden: ReadonlySet<string>;
};

/** Read the list under `steps` (L37, L38). */
export function readSteps(context: Context, entry: Entry): ReadSteps {
  const state: State = {
    context,
    steps: [],
    ids: new Set(),
    hidden: new Set(),
    lists: 0,
    isFull: false,
  };
  if (entry.value.kind !== "list" || entry.value.items.length === 0) {
    find(context, "schema", {
      where: { step: null, path: "steps", offset: entry.value.start },
      message: "steps is a list of at least one step",
    });
    return state;
  }
  const block: CoreStep[] = [];
  entry.value.items.forEach((node, i) => {
    const path = `steps[${i}]`;
    readStep(state, {
      node,
      path,
      list: 0,
      depth: 1,
      defaultId: undefined,
      container: null,
      block,
    });
  });
  checkExpandedIds(context, state.steps);
  return state;
}

type State = {
  readonly context: Context;
  readonly steps: CoreStep[];
  readonly ids: Set<string>;
  readonly hidden: Set<string>;
  lists: number;
  isFull: boolean;
};

type Spot = {
  readonly node: Node;
  readonly path: string;
  readonly list: number;
  /** How many bodies it is in, and else branches. */
  readonly depth: number;
  readonly defaultId: string | undefined;
  readonly container: CoreStep | null;
  /** The block that it is part of, as far as it is read. */
  readonly block: CoreStep[];
};

/** Adds a step, what it holds and its else steps; answers with its id. */
function readStep(state: State, spot: Spot): string | undefined {
  const { context } = state;
  const { node, path } = spot;
  if (node.kind !== "map") {
    find(context, "schema", {
      where: { step: null, path, offset: node.start },
      message: "a step is a mapping with an id and a tool or an action",
    });
    return undefined;
  }
  const id = isFull(state, spot) ? undefined : idOf(state, node, spot);
  if (id === undefined) {
    return undefined;
  }
  const form = formOf(context, node, id);
  if (form.kind === "later") {
    readLater(state, node, { id, entry: form.entry });
  }
  const opaque = form.kind === "later" || form.kind === "wrong";
  if (form.kind === "wrong") {
    collectIds(node, state.hidden);
  }
  const keys: Keys = opaque
    ? new Map()
    : readKeys(context, node, { table: STEP_KEYS, step: id, path: "" });
  const step = addStep(state, spot, { id, keys, opaque, form, offset: node.start });
  readBody(state, { step, form, spot });
  const elseEntry = keys.get("else");
  if (elseEntry !== undefined) {
    step.elseSteps.push(...readElse(state, { id, entry: elseEntry, spot }));
  }
  return id;
}

/** While it is read. */
type OpenStep = CoreStep & { readonly elseSteps: string[]; readonly body: CoreStep[] };

function addStep(
  state: State,
  { path, list, container, block }: Spot,
  {
    id,
    keys,
    opaque,
    form,
    offset,
  }: { id: string; keys: Keys; opaque: boolean; form: StepForm; offset: number },
): OpenStep {
  const isContainer = form.kind === "container";
  const single = isContainer ? form.body === undefined : container?.single === true;
  const step: OpenStep = {
    id,
    ordinal: state.steps.length,
    index: block.length,
    container,
    form: isContainer ? form.form : null,
    body: [],
    single,
    offset,
    path,
    list,
    keys,
    opaque,
    elseSteps: [],
  };
  state.steps.push(step);
  block.push(step);
  return step;
}

/** L218; said once. */
function isFull(state: State, { path, node }: Spot): boolean {
  if (state.steps.length < LIMITS.steps) {
    return false;
  }
  if (!state.isFull) {
    state.isFull = true;
    find(state.context, "limit", {
      where: { step: null, path, offset: node.start },
      message: `a document has at most ${LIMITS.steps} steps`,
    });
  }
  return true;
}

/** Reads the steps of a container: those it lists, or its own tool or action as one step of its id (L104). */
function readBody(
  state: State,
  { step, form, spot }: { step: OpenStep; form: StepForm; spot: Spot },
): void {
  if (form.kind !== "container") {
    return;
  }
  const { body } = form;
  state.lists += 1;
  const inside = { list: state.lists, depth: spot.depth + 1, container: step, block: step.body };
  if (body === undefined) {
    const own = { id: step.id, keys: step.keys, opaque: false, form: TASK, offset: step.offset };
    addStep(state, { ...spot, ...inside }, own);
    return;
  }
  if (spot.depth > LIMITS.bodyDepth) {
    find(state.context, "limit", {
      where: { step: step.id, path: body.key, offset: body.keyStart },
      message: `bodies are nested deeper than ${LIMITS.bodyDepth} levels`,
    });
    return;
  }
  const items = body.value.kind === "list" ? body.value.items : [];
  items.forEach((node, i) => {
    const path = joinPath(joinPath(spot.path, body.key), i);
    const defaultId =
      form.form === "action_loop" ? actionId(node, `${step.id}_action_${i + 1}`) : undefined;
    readStep(state, { ...inside, node, path, defaultId });
  });
}

const TASK: StepForm = { kind: "task" };

/** L122: an action may be called by its name. */
function actionId(node: Node, otherwise: string): string {
  const name = node.kind === "map" ? wordOf(entryOf(node, "name")?.value) : undefined;
  return name !== undefined && isName(name) && reservedReason(name) === undefined
    ? name
    : otherwise;
}

function idOf(state: State, map: MapNode, { path, defaultId }: Spot): string | undefined {
  const { context, ids } = state;
  const entry = entryOf(map, "id");
  const id = wordOf(entry?.value) ?? defaultId;
  const where = { step: id ?? null, path: "id", offset: entry?.value.start ?? map.start };
  if (id === undefined) {
    find(context, "missing_key", {
      where: { ...where, path: joinPath(path, "id") },
      message: "a step needs an id",
      suggestions: ["id: <name>"],
    });
    return undefined;
  }
  if (!checkName(context, id, where)) {
    return undefined;
  }
  const reserved = reservedReason(id);
  if (reserved !== undefined) {
    find(context, "reserved_id", {
      where,
      message: `no step may be called ${id}: it is ${reserved}`,
    });
  }
  if (ids.has(id)) {
    find(context, "duplicate_step", { where, message: `another step is called ${id} already` });
    return undefined;
  }
  ids.add(id);
  return id;
}

const RULE_OF_LATER: Readonly<Record<string, string>> = { pipeline: "L144" };

function readLater(
  { context, hidden }: State,
  map: MapNode,
  { id, entry }: { id: string; entry: Entry },
): void {
  findLater(context, `the key ${entry.key}`, {
    where: { step: id, path: entry.key, offset: entry.keyStart },
    rule: RULE_OF_LATER[entry.key] ?? "L123",
  });
  collectIds(map, hidden);
}

/** The ids of everything inside a construct, so that references to them are not called unknown as well. */
function collectIds(node: Node, ids: Set<string>): void {
  if (node.kind === "map") {
    for (const { key, value } of node.entries) {
      const word = ["id", "name", "loop_name", "loop_var", "as"].includes(key)
        ? wordOf(value)
        : undefined;
      if (word !== undefined) {
        ids.add(word);
      }
      collectIds(value, ids);
    }
  } else if (node.kind === "list") {
    for (const item of node.items) {
      collectIds(item, ids);
    }
  }
}

/** The ids of an else branch: nested steps are read here, a word names one (L42). */
function readElse(
  state: State,
  { id, entry, spot }: { id: string; entry: Entry; spot: Spot },
): readonly string[] {
  const { value } = entry;
  if (spot.depth >= LIMITS.bodyDepth) {
    find(state.context, "limit", {
      where: { step: id, path: "else", offset: entry.keyStart },
      message: `else branches are nested deeper than ${LIMITS.bodyDepth} levels`,
    });
    return [];
  }
  const items = value.kind === "list" ? value.items : [value];
  state.lists += 1;
  const list = state.lists;
  return items.flatMap((node, i) => {
    const named = wordOf(node);
    if (named !== undefined) {
      return [named];
    }
    const nested = readStep(state, {
      ...spot,
      node,
      path: joinPath(joinPath(spot.path, "else"), i),
      list,
      depth: spot.depth + 1,
      defaultId: i === 0 ? `${id}_else` : `${id}_else_${i + 1}`,
    });
    return nested === undefined ? [] : [nested];
  });
}
