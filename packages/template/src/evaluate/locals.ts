import type { Value } from "../values/value.ts";

/** Names bound by the statements of one block, inside those of the blocks around it. */
export class Locals {
  readonly outer: Locals | null;
  readonly #names = new Map<string, Value>();

  constructor(outer: Locals | null) {
    this.outer = outer;
  }

  bind(name: string, value: Value): void {
    this.#names.set(name, value);
  }

  lookup(name: string): Value | undefined {
    const value = this.#names.get(name);
    return value === undefined ? this.outer?.lookup(name) : value;
  }
}
