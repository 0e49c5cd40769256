import type { Passed } from "../arguments.ts";
import type { Budget } from "../budget.ts";
import type { CallContext, Used } from "../call-context.ts";
import { failed } from "../failure.ts";
import type { Node } from "../parse/nodes.ts";
import type { DateTime } from "../values/date-time.ts";
import { isList, isView } from "../values/kinds.ts";
import { isTrue } from "../values/truth.ts";
import { ABSENT, MISSING, type Value } from "../values/value.ts";
import type { Environment, UnresolvedReference } from "./environment.ts";
import { Locals } from "./locals.ts";
import { nearestReference } from "./nearest-reference.ts";

const MAX_UNRESOLVED = 100;

/** What the parts of an interpreter are called through, as they call each other. */
export type Interpreter = {
  readonly node: (node: Node, frame: Frame) => Value;
  readonly filter: (name: string, input: Value, call: { passed: Passed; frame: Frame }) => Value;
  readonly test: (name: string, input: Value, call: { passed: Passed; frame: Frame }) => boolean;
};

/** How expressions are read. */
export type Mode = "template" | "condition" | "row";

/** One evaluation: its names, its budget, and what it could not resolve. */
export class Frame implements CallContext {
  readonly budget: Budget;
  readonly source: string;
  readonly mode: Mode;
  readonly numericText: boolean;
  /** The expression that is being evaluated, for messages. */
  at: Node | null = null;
  /** What was found missing last. */
  missingAt: Node | null = null;
  locals: Locals | null = null;
  readonly #environment: Environment;
  readonly #interpreter: Interpreter;
  #unresolved: Map<string, UnresolvedReference> | null = null;
  #held: Set<string> | null = null;
  #namespaces: WeakMap<object, Record<string, Value>> | null = null;

  constructor(
    environment: Environment,
    place: { source: string; mode: Mode; interpreter: Interpreter },
  ) {
    this.#environment = environment;
    this.#interpreter = place.interpreter;
    this.budget = environment.budget;
    this.source = place.source;
    this.mode = place.mode;
    this.numericText = place.mode === "row";
  }

  evaluate(node: Node): Value {
    return this.#interpreter.node(node, this);
  }

  /** Evaluates what is about to be used. */
  used(node: Node): Used {
    return this.use(this.evaluate(node), node);
  }

  /** Evaluates what is put into a container: views stay views. */
  kept(node: Node): Value {
    const value = this.evaluate(node);
    return value === MISSING ? this.use(value, node) : value;
  }

  lookup(name: string): Value {
    const local = this.locals === null ? undefined : this.locals.lookup(name);
    if (local !== undefined) return local;
    const value = this.#environment.scope.lookup(name);
    return value === undefined ? MISSING : value;
  }

  bind(name: string, value: Value): void {
    this.locals ??= new Locals(null);
    this.locals.bind(name, value);
  }

  /** Runs something whose names do not outlive it. */
  scoped<T>(run: () => T): T {
    const outer = this.locals;
    this.locals = new Locals(outer);
    const result = run();
    this.locals = outer;
    return result;
  }

  use(value: Value, node: Node | null = this.at): Used {
    if (value === MISSING) {
      this.#note(node);
      return ABSENT;
    }
    if (!isView(value)) return value;
    return this.use(value.value(), node);
  }

  hold(): void {
    this.#held ??= new Set();
    this.#held.add(this.textAt(this.at));
  }

  /** Notes the missing values that a sequence about to leave the template holds (L55). */
  release(value: Value): void {
    if (this.#held === null || !holdsMissing(value, 0)) return;
    this.#unresolved ??= new Map();
    for (const expression of this.#held) this.#unresolved.set(expression, { expression });
  }

  truth(value: Value, node: Node | null = this.at): boolean {
    if (isView(value)) return value.truth(this.mode === "condition");
    if (value === MISSING && this.mode === "condition") this.#note(node);
    return isTrue(value);
  }

  holds(node: Node): boolean {
    return this.truth(this.evaluate(node), node);
  }

  applyFilter(name: string, input: Value, passed: Passed): Value {
    return this.#interpreter.filter(name, input, { passed, frame: this });
  }

  applyTest(name: string, input: Value, passed: Passed): boolean {
    return this.#interpreter.test(name, input, { passed, frame: this });
  }

  now(): DateTime {
    return this.#environment.host.now();
  }

  callHost(name: string, args: readonly Value[]): Value {
    return this.#environment.host.call(name, args);
  }

  /** Makes an object whose attributes `set` may change (L64). */
  namespace(entries: Iterable<readonly [string, Value]>): Value {
    const made: Record<string, Value> = Object.fromEntries(entries);
    this.#namespaces ??= new WeakMap();
    this.#namespaces.set(made, made);
    return made;
  }

  assign(name: string, key: string, value: Value): void {
    const target = this.lookup(name);
    const writable = typeof target === "object" && target !== null;
    const namespace = writable ? this.#namespaces?.get(target) : undefined;
    if (namespace === undefined) throw failed(`"${name}" is no namespace(): it cannot be changed`);
    namespace[key] = value;
  }

  /** The source of an expression. */
  textAt(node: Node | null): string {
    return node === null ? this.source : this.source.slice(node.start, node.end);
  }

  get unresolved(): readonly UnresolvedReference[] {
    return this.#unresolved === null ? [] : [...this.#unresolved.values()];
  }

  #note(used: Node | null): void {
    this.#unresolved ??= new Map();
    const node = this.#within(used) ?? used;
    const expression = this.textAt(node);
    if (this.#unresolved.has(expression) || this.#unresolved.size >= MAX_UNRESOLVED) return;
    const near = node === null ? undefined : nearestReference(node, this, this.#environment.names);
    this.#unresolved.set(
      expression,
      near === undefined ? { expression } : { expression, nearest: near },
    );
  }

  /** The reference inside what was used that is missing: `a.b` in `c and a.b`. */
  #within(used: Node | null): Node | null {
    const found = this.missingAt;
    if (used === null || found === null) return null;
    return found.start >= used.start && found.end <= used.end ? found : null;
  }
}

const DEEPEST_HELD = 64;

function holdsMissing(value: Value, depth: number): boolean {
  if (value === MISSING) return true;
  if (!isList(value) || depth > DEEPEST_HELD) return false;
  return value.some((item) => holdsMissing(item, depth + 1));
}
