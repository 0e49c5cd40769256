import type { Reference } from "./reference.ts";

/** Whether a template itself binds a name: on every way to this point, or on some. */
type Binding = "always" | "sometimes";

type Names = Map<string, Binding>;

/** Gathers facts while a walk over a template follows its scopes (L44). */
export class Collector {
  readonly source: string;
  readonly #isImpure: (name: string, kind: "filter" | "call") => boolean;
  readonly #references: Reference[] = [];
  readonly #guardedRoots = new Set<string>();
  readonly #calls: { name: string; offset: number }[] = [];
  readonly #imprecise: number[] = [];
  readonly #scopes: Names[] = [new Map()];

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
    for (const name of names) this.#scopes.at(-1)?.set(name, "always");
  }

  /** Walks something whose names do not outlive it. */
  scoped(names: readonly string[], walk: () => void): void {
    this.#within(() => {
      this.bind(names);
      walk();
    });
  }

  /** Walks ways of which one is taken; afterwards only what all of them bind is bound for sure. */
  oneOf(walks: readonly (() => void)[]): void {
    const ways = walks.map((walk) => this.#within(walk));
    for (const name of new Set(ways.flatMap((way) => [...way.keys()]))) {
      const isSure = ways.every((way) => way.get(name) === "always");
      const top = this.#scopes.at(-1);
      if (isSure || top?.has(name) === false) top?.set(name, isSure ? "always" : "sometimes");
    }
  }

  /** Walks something and gives the names that it bound. */
  #within(walk: () => void): Names {
    const names: Names = new Map();
    this.#scopes.push(names);
    walk();
    this.#scopes.pop();
    return names;
  }

  #bindingOf(name: string): Binding | undefined {
    const found = this.#scopes.map((names) => names.get(name));
    return found.includes("always") ? "always" : found.find((binding) => binding !== undefined);
  }
}
