import type { Reference } from "./reference.ts";

/** Whether a template itself binds a name: on every way to this point, or on some. */
type Binding = "always" | "sometimes";

type Names = ReadonlyMap<string, Binding>;

/** Gathers facts while a walk over a template follows its scopes (L44). */
export class Collector {
  readonly source: string;
  readonly #isImpure: (name: string, kind: "filter" | "call") => boolean;
  readonly #references: Reference[] = [];
  readonly #guardedRoots = new Set<string>();
  readonly #calls: { name: string; offset: number }[] = [];
  readonly #imprecise: number[] = [];
  #scopes: readonly Names[] = [new Map()];

  constructor(source: string, isImpure: (name: string, kind: "filter" | "call") => boolean) {
    this.source = source;
    this.#isImpure = isImpure;
  }

  result(): {
    references: readonly Reference[];
    impure: boolean;
    calls: readonly { name: string; offset: number }[];
    imprecise: readonly number[];
  } {
    const references = this.#references
      .map((reference) =>
        this.#guardedRoots.has(reference.root) ? { ...reference, guarded: true } : reference,
      )
      .toSorted((a, b) => a.offset - b.offset);
    const calls = this.#calls;
    return { references, impure: calls.length > 0, calls, imprecise: this.#imprecise };
  }

  /** Notes a reference, unless the template binds the name itself. */
  refer(reference: Reference): void {
    const binding = this.#bindingOf(reference.root);
    if (binding === "always") return;
    // Where only some ways bind the name, the others read what is outside, if there is anything.
    const guarded = reference.guarded || binding === "sometimes";
    if (reference.guarded) this.#guardedRoots.add(reference.root);
    this.#references.push({ ...reference, guarded });
  }

  called(name: string, { kind, offset }: { kind: "filter" | "call"; offset: number }): void {
    if (this.#isImpure(name, kind)) this.#calls.push({ name, offset });
  }

  imprecise(offset: number): void {
    this.#imprecise.push(offset);
  }

  bind(names: readonly string[]): void {
    const top = new Map(this.#scopes.at(-1));
    for (const name of names) top.set(name, "always");
    this.#scopes = [...this.#scopes.slice(0, -1), top];
  }

  /** Walks something whose names do not outlive it. */
  scoped(names: readonly string[], walk: () => void): void {
    const outside = this.#scopes;
    this.#scopes = [...outside, new Map()];
    this.bind(names);
    walk();
    this.#scopes = outside;
  }

  /** Walks ways of which one is taken; afterwards only what all of them bind is bound for sure. */
  oneOf(walks: readonly (() => void)[]): void {
    const before = this.#scopes;
    const ways = walks.map((walk): Names => {
      this.#scopes = before;
      walk();
      return this.#scopes.at(-1) ?? new Map();
    });
    this.#scopes = [...before.slice(0, -1), merged(ways)];
  }

  #bindingOf(name: string): Binding | undefined {
    const found = this.#scopes.map((names) => names.get(name));
    return found.includes("always") ? "always" : found.find((binding) => binding !== undefined);
  }
}

function merged(ways: readonly Names[]): Names {
  const names = new Set(ways.flatMap((way) => [...way.keys()]));
  return new Map(
    Array.from(names, (name): [string, Binding] => [
      name,
      ways.every((way) => way.get(name) === "always") ? "always" : "sometimes",
    ]),
  );
}
