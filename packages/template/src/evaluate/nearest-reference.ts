import { nearest } from "../nearest.ts";
import type { Node } from "../parse/nodes.ts";
import { read } from "../values/access.ts";
import { isMapping, resolved } from "../values/kinds.ts";
import { MISSING, type Value } from "../values/value.ts";

/** Where a reference is looked up and how it is written. */
type Place = { lookup(name: string): Value; textAt(node: Node): string };

/** The known reference that a missing one may have meant. */
export function nearestReference(
  node: Node,
  place: Place,
  names: (() => readonly string[]) | undefined,
): string | undefined {
  if (node.kind === "name") {
    if (place.lookup(node.name) !== MISSING) return undefined;
    // A name that is bound, to nothing, is no other one.
    return nearest(node.name, names?.() ?? []).find((name) => name !== node.name);
  }
  if (node.kind !== "field") return undefined;
  const target = valueAt(node.target, place);
  if (target === MISSING) return nearestReference(node.target, place, names);
  const mapping = resolved(target);
  if (!isMapping(mapping)) return undefined;
  const key = nearest(String(node.key), Object.keys(mapping))[0];
  return key === undefined ? undefined : `${place.textAt(node.target)}.${key}`;
}

/** The value of a plain chain of names and keys; null for anything that would have to be computed again. */
function valueAt(node: Node, place: Place): Value {
  if (node.kind === "name") return place.lookup(node.name);
  return node.kind === "field" ? read(valueAt(node.target, place), node.key) : null;
}
