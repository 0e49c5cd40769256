import { failed } from "../failure.ts";
import type { Node } from "../parse/nodes.ts";
import { isList, isUndefined, resolved, typeName } from "../values/kinds.ts";
import { elementsOf } from "../values/sequence.ts";
import type { Value } from "../values/value.ts";
import type { Frame } from "./frame.ts";

export function evaluateList(node: Node<"list">, frame: Frame): Value {
  return node.items.map((item) => frame.kept(item));
}

export function evaluateMapping(node: Node<"mapping">, frame: Frame): Value {
  return Object.fromEntries(
    node.entries.map(([key, value]): [string, Value] => [keyOf(key, frame), frame.kept(value)]),
  );
}

/** Keys are texts; another scalar becomes its text (L9). */
function keyOf(node: Node, frame: Frame): string {
  const key = frame.used(node);
  if (typeof key === "object" && key !== null) throw failed(`${typeName(key)} is no key`);
  return frame.budget.textOf(key);
}

export function evaluateConcat(node: Node<"concat">, frame: Frame): Value {
  let text = "";
  for (const part of node.parts) {
    text += frame.budget.textOf(frame.used(part));
    frame.budget.text(text.length);
  }
  return text;
}

export function evaluateComprehension(node: Node<"comprehension">, frame: Frame): Value {
  const items = elementsOf(frame.used(node.source));
  const result: Value[] = [];
  for (const item of items) {
    frame.scoped(() => {
      bindTargets(node.targets, item, frame);
      if (node.condition === null || frame.holds(node.condition))
        result.push(frame.kept(node.element));
    });
    frame.budget.holds(result.length);
  }
  return result;
}

/** Binds the names of a `for` or `set` to an element, taking it apart when there are several. */
export function bindTargets(targets: readonly string[], item: Value, frame: Frame): void {
  const [only] = targets;
  if (only !== undefined && targets.length === 1) frame.bind(only, item);
  else {
    const values = takenApart(item, targets.length);
    for (const [index, target] of targets.entries()) frame.bind(target, values[index] ?? null);
  }
}

/** The elements of what is bound to several names at once. */
export function takenApart(item: Value, names: number): readonly Value[] {
  const value = resolved(item);
  if (!isList(value)) {
    const what = isUndefined(value) ? "an undefined value" : typeName(value);
    throw failed(`${what} cannot be bound to ${names} names`);
  }
  if (value.length !== names)
    throw failed(`${value.length} values cannot be bound to ${names} names`);
  return value;
}
