import { LIMITS } from "../limits.ts";
import { type Entry, entryOf, type MapNode, type Node, wordOf } from "../source/node.ts";
import { type Context, find, findLater, joinPath } from "./context.ts";
import type { CoreStep } from "./core.ts";
import { CONSTRUCT_KEYS, STEP_KEYS } from "./grammar.ts";
import { checkName, reservedReason } from "./names.ts";
import { type Keys, readKeys } from "./read-keys.ts";

/** The steps of a document in document order, nested else steps right after their owner (L42). */
export type ReadSteps = {
  readonly steps: readonly CoreStep[];
  /** Ids inside constructs that are not implemented. */
  readonly hidden: ReadonlySet<string>;
};

/** Read the list under `steps` (L37, L38). */
export function readSteps(context: Context, entry: Entry): ReadSteps {
  const state: State = { context, steps: [], ids: new Set(), hidden: new Set(), lists: 0 };
  if (entry.value.kind !== "list" || entry.value.items.length === 0) {
    find(context, "schema", {
      where: { step: null, path: "steps", offset: entry.value.start },
      message: "steps is a list of at least one step",
    });
    return state;
  }
  if (entry.value.items.length > LIMITS.steps) {
    find(context, "limit", {
      where: { step: null, path: "steps", offset: entry.keyStart },
      message: `a document has at most ${LIMITS.steps} steps; this one has ${entry.value.items.length}`,
    });
    return state;
  }
  entry.value.items.forEach((node, i) => {
    readStep(state, { node, path: `steps[${i}]`, list: 0, depth: 1, defaultId: undefined });
  });
  return state;
}

type State = {
  readonly context: Context;
  readonly steps: CoreStep[];
  readonly ids: Set<string>;
  readonly hidden: Set<string>;
  lists: number;
};

type Spot = {
  readonly node: Node;
  readonly path: string;
  readonly list: number;
  readonly depth: number;
  readonly defaultId: string | undefined;
};

/** Adds a step and its else steps; answers with its id. */
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
  const id = idOf(state, node, spot);
  if (id === undefined) {
    return undefined;
  }
  const construct = node.entries.find(({ key, value }) => isConstruct(key, value));
  if (construct !== undefined) {
    readConstruct(state, node, { id, construct });
  }
  const opaque = construct !== undefined;
  const keys: Keys = opaque
    ? new Map()
    : readKeys(context, node, { table: STEP_KEYS, step: id, path: "" });
  const index = state.steps.length;
  const elseEntry = keys.get("else");
  const step: CoreStep = {
    id,
    index,
    offset: node.start,
    path,
    list: spot.list,
    keys,
    opaque,
    elseSteps: [],
  };
  state.steps.push(step);
  if (elseEntry !== undefined) {
    const elseSteps = readElse(state, { id, entry: elseEntry, spot });
    state.steps[index] = { ...step, elseSteps };
  }
  return id;
}

function isConstruct(key: string, value: Node): boolean {
  return CONSTRUCT_KEYS.includes(key) && !(value.kind === "scalar" && value.value === null);
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

const RULE_OF_CONSTRUCT: Readonly<Record<string, string>> = {
  for_each: "L104",
  foreach: "L104",
  while: "L108",
  until: "L108",
  steps: "L104",
  action_loop: "L122",
  create_parallel_queue: "L123",
  parallel: "L124",
  pipeline: "L144",
};

function readConstruct(
  { context, hidden }: State,
  map: MapNode,
  { id, construct }: { id: string; construct: Entry },
): void {
  findLater(context, `the key ${construct.key}`, {
    where: { step: id, path: construct.key, offset: construct.keyStart },
    rule: RULE_OF_CONSTRUCT[construct.key] ?? "L104",
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
      node,
      path: joinPath(joinPath(spot.path, "else"), i),
      list,
      depth: spot.depth + 1,
      defaultId: i === 0 ? `${id}_else` : `${id}_else_${i + 1}`,
    });
    return nested === undefined ? [] : [nested];
  });
}
