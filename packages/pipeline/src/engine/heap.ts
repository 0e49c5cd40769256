/** A binary heap: the item with the smallest key comes out first. */
export class Heap<T> {
  readonly #items: T[] = [];
  readonly #keys: number[] = [];

  get size(): number {
    return this.#items.length;
  }

  /** What comes out next. */
  get first(): T | undefined {
    return this.#items[0];
  }

  /** Smallest key in it. */
  get firstKey(): number | undefined {
    return this.#keys[0];
  }

  push(item: T, key: number): void {
    let at = this.#items.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const parentKey = this.#keys[parent] ?? 0;
      if (parentKey <= key) {
        break;
      }
      this.#move(parent, at);
      at = parent;
    }
    this.#items[at] = item;
    this.#keys[at] = key;
  }

  pop(): T | undefined {
    const first = this.#items[0];
    const item = this.#items.pop();
    const key = this.#keys.pop();
    if (item === undefined || key === undefined || this.#items.length === 0) {
      return first;
    }
    let at = 0;
    for (;;) {
      const child = this.#smallerChild(at);
      if (child === undefined || (this.#keys[child] ?? 0) >= key) {
        break;
      }
      this.#move(child, at);
      at = child;
    }
    this.#items[at] = item;
    this.#keys[at] = key;
    return first;
  }

  #smallerChild(at: number): number | undefined {
    const left = 2 * at + 1;
    const leftKey = this.#keys[left];
    const rightKey = this.#keys[left + 1];
    if (leftKey === undefined) {
      return undefined;
    }
    return rightKey !== undefined && rightKey < leftKey ? left + 1 : left;
  }

  #move(from: number, to: number): void {
    const item = this.#items[from];
    const key = this.#keys[from];
    if (item !== undefined && key !== undefined) {
      this.#items[to] = item;
      this.#keys[to] = key;
    }
  }
}
