import { failed } from "../failure.ts";
import { areEqual, type Counter } from "../values/equality.ts";
import { ABSENT, MISSING, type Value } from "../values/value.ts";
import type { View } from "../values/view.ts";

/** `loop` inside a `for` (L64). */
export class LoopState implements View {
  readonly kind = "view";
  readonly defined = true;
  readonly status = "";
  readonly #items: readonly Value[];
  #index = 0;
  #compared: readonly Value[] | null = null;

  constructor(items: readonly Value[]) {
    this.#items = items;
  }

  advance(index: number): void {
    this.#index = index;
  }

  get index(): number {
    return this.#index;
  }

  /** Whether the values differ from those of the iteration before. */
  changed(values: readonly Value[], counter: Counter): boolean {
    const before = this.#compared;
    this.#compared = values;
    return before === null || !areEqual(before, values, counter);
  }

  field(name: string): Value {
    const read = Object.hasOwn(FIELDS, name) ? FIELDS[name] : undefined;
    return read === undefined ? MISSING : read(this.#index, this.#items);
  }

  value(): Value {
    return Object.fromEntries(COUNTERS.map((name) => [name, this.field(name)]));
  }

  truth(): boolean {
    return true;
  }
}

const COUNTERS = ["index", "index0", "revindex", "revindex0", "first", "last", "length", "depth"];

const FIELDS: Readonly<Record<string, (index: number, items: readonly Value[]) => Value>> = {
  index: (index) => index + 1,
  index0: (index) => index,
  revindex: (index, items) => items.length - index,
  revindex0: (index, items) => items.length - index - 1,
  first: (index) => index === 0,
  last: (index, items) => index === items.length - 1,
  length: (_, items) => items.length,
  depth: () => 1,
  depth0: () => 0,
  previtem: (index, items) => neighbour(items, index - 1),
  nextitem: (index, items) => neighbour(items, index + 1),
};

function neighbour(items: readonly Value[], index: number): Value {
  const item = items[index];
  return index < 0 || item === undefined ? ABSENT : item;
}

/** `loop.cycle(…)` and `loop.changed(…)`. */
export function callLoopMethod(
  loop: LoopState,
  method: string,
  { values, counter }: { readonly values: readonly Value[]; readonly counter: Counter },
): Value {
  if (method === "changed") return loop.changed(values, counter);
  if (method !== "cycle") throw failed(`loop has no method "${method}"`);
  if (values.length === 0) throw failed("loop.cycle() needs values to cycle through");
  return values[loop.index % values.length] ?? null;
}
