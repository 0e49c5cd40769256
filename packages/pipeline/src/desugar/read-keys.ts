import { closestName, nearNames } from "../check/near.ts";
import type { Entry, MapNode } from "../source/node.ts";
import { type Context, find, findLater, joinPath, type Where } from "./context.ts";
import type { KeySpec, KeyTable } from "./key-table.ts";

/** The entries of a mapping that act, by canonical key. */
export type Keys = ReadonlyMap<string, Entry>;

/** Read the keys of a mapping; what does not act becomes a finding (L17). */
export function readKeys(
  context: Context,
  map: MapNode,
  {
    table,
    step,
    path,
  }: { readonly table: KeyTable; readonly step: string | null; readonly path: string },
): Keys {
  const keys = new Map<string, Entry>();
  for (const entry of map.entries) {
    const spec = table.get(entry.key);
    const where = { step, path: joinPath(path, entry.key), offset: entry.keyStart };
    if (spec?.effect === "acts") {
      keepEntry(context, keys, { entry, spec, where });
    } else if (spec !== undefined) {
      reportKnown(context, entry.key, { spec, where });
    } else if (!entry.key.startsWith("x-")) {
      reportUnknown(context, entry.key, { table, where });
    }
  }
  return keys;
}

function keepEntry(
  context: Context,
  keys: Map<string, Entry>,
  { entry, spec, where }: { entry: Entry; spec: KeySpec; where: Where },
): void {
  const other = keys.get(spec.key);
  if (other === undefined) {
    keys.set(spec.key, entry);
    return;
  }
  const winner = entry.key === spec.key ? entry : other;
  keys.set(spec.key, winner);
  find(context, "duplicate_key", {
    where,
    message: `${other.key} and ${entry.key} are the same key; ${winner.key} counts`,
  });
}

function reportKnown(
  context: Context,
  key: string,
  { spec, where }: { spec: KeySpec; where: Where },
): void {
  switch (spec.effect) {
    case "acts":
    case "inert":
      return;
    case "none":
      find(context, "no_effect", { where, message: `${key} changes nothing` });
      return;
    case "refused":
      find(context, "unsupported_key", {
        where,
        message: `${key} is not part of the language; use file inclusion or a sub-pipeline`,
      });
      return;
    case "later":
      findLater(context, `the key ${key}`, { where, rule: spec.rule });
  }
}

function reportUnknown(
  context: Context,
  key: string,
  { table, where }: { table: KeyTable; where: Where },
): void {
  const near = nearNames(key, table.keys());
  const closest = near[0] ?? (context.report.crowded ? undefined : closestName(key, table.keys()));
  find(context, "unknown_key", {
    where,
    severity: near.length > 0 ? "error" : "warning",
    message: `${key} is not a key of this place; the nearest is ${closest ?? "none"}`,
    suggestions: near.length > 0 ? near : [closest].filter((name) => name !== undefined),
  });
}
