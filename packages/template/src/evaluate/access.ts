import { failed } from "../failure.ts";
import type { Node } from "../parse/nodes.ts";
import { read } from "../values/access.ts";
import { charactersOf } from "../values/characters.ts";
import { isList, isUndefined, typeName } from "../values/kinds.ts";
import { ABSENT, type Value } from "../values/value.ts";
import type { Frame } from "./frame.ts";

export function evaluateField(node: Node<"field">, frame: Frame): Value {
  return read(frame.evaluate(node.target), node.key);
}

export function evaluateItem(node: Node<"item">, frame: Frame): Value {
  const target = frame.evaluate(node.target);
  const index = frame.used(node.index);
  if (isUndefined(target) || isUndefined(index)) return isUndefined(target) ? target : ABSENT;
  if (typeof index === "string" || typeof index === "number") return read(target, index);
  throw failed(`${typeName(index)} is neither a key nor an index`);
}

export function evaluateSlice(node: Node<"slice">, frame: Frame): Value {
  const target = frame.used(node.target);
  const bounds = [node.from, node.to, node.step].map((bound) => sliceBound(bound, frame));
  const [from = null, to = null, step = null] = bounds;
  if (target === ABSENT) return ABSENT;
  frame.at = node;
  if (typeof target === "string") {
    frame.budget.text(target.length);
    return sliced(charactersOf(target), { from, to, step }).join("");
  }
  if (!isList(target)) throw failed(`${typeName(target)} cannot be sliced`);
  frame.budget.sequence(target.length);
  return sliced(target, { from, to, step });
}

function sliceBound(node: Node | null, frame: Frame): number | null {
  if (node === null) return null;
  const bound = frame.used(node);
  if (bound === null || bound === ABSENT) return null;
  if (typeof bound === "number" && Number.isInteger(bound)) return bound;
  throw failed(`a slice is bounded by integers, not ${typeName(bound)}`);
}

type Bounds = {
  readonly from: number | null;
  readonly to: number | null;
  readonly step: number | null;
};

/** Python's slice. */
function sliced<T>(items: readonly T[], { from, to, step: given }: Bounds): T[] {
  const step = given ?? 1;
  if (step === 0) throw failed("a slice cannot step by zero");
  const { length } = items;
  const lowest = step > 0 ? 0 : -1;
  const highest = step > 0 ? length : length - 1;
  const place = (bound: number | null, missing: number): number => {
    if (bound === null) return missing;
    return Math.min(Math.max(bound < 0 ? bound + length : bound, lowest), highest);
  };
  const start = place(from, step > 0 ? lowest : highest);
  const end = place(to, step > 0 ? highest : lowest);
  if (step === 1) return items.slice(start, Math.max(start, end));
  const result: T[] = [];
  for (let at = start; step > 0 ? at < end : at > end; at += step) {
    result.push(...items.slice(at, at + 1));
  }
  return result;
}
