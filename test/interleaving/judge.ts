import type { Effect, Fact, Operation } from "./operation.ts";
import type { World } from "./world.ts";

/** An operation that is under way, in a transaction that has not ended. */
export type Pending = {
  readonly operation: Operation;
  /** The newest committed world when it began. */
  readonly since: number;
  /** Another transaction was open meanwhile. */
  overlapped: boolean;
  effects: readonly Effect[];
};

/** An effect that was committed, in the order of commits. */
export type Committed = { readonly fact: Fact; readonly operation: string };

/**
 * Says whether what operations did can have happened one after the other.
 *
 * Rows stay locked until the commit, so an effect must be what the model does in the newest committed world, when it
 * is found and still when it is committed. What was left undone must have been impossible in some world since the
 * operation began, but for operations that skip what others have locked.
 */
export class Judge {
  readonly violations: string[] = [];
  readonly committed: Committed[] = [];
  readonly #worlds: World[];
  readonly #open = new Set<Pending>();

  constructor(world: World) {
    this.#worlds = [world];
  }

  /** The newest committed world. */
  get world(): World {
    const world = this.#worlds.at(-1);
    if (world === undefined) {
      throw new Error("a judge knows no world");
    }
    return world;
  }

  begin(operation: Operation): Pending {
    const pending: Pending = {
      operation,
      since: this.#worlds.length - 1,
      overlapped: this.#open.size > 0,
      effects: [],
    };
    for (const other of this.#open) other.overlapped = true;
    this.#open.add(pending);
    return pending;
  }

  /** It has said what it did. */
  finish(pending: Pending, effects: readonly Effect[]): void {
    const { operation, since, overlapped } = pending;
    pending.effects = effects;
    this.#after(this.world, pending, "did");
    const done = new Set(effects.map(({ key }) => key));
    const isFull = operation.limit !== undefined && done.size >= operation.limit;
    if (isFull || (operation.skips === true && overlapped)) return;
    const window = this.#worlds.slice(since);
    for (const key of operation.keys(this.world)) {
      if (!done.has(key) && window.every((world) => operation.possible(world, key))) {
        this.blame(`${operation.name} left ${key} undone`);
      }
    }
  }

  commit(pending: Pending): void {
    this.#open.delete(pending);
    this.#worlds.push(this.#after(this.world, pending, "committed"));
    const { operation, effects } = pending;
    this.committed.push(...effects.map(({ fact }) => ({ fact, operation: operation.name })));
  }

  rollBack(pending: Pending): void {
    this.#open.delete(pending);
  }

  /** What the service was told of what an operation left undone. */
  looked({ operation }: Pending, answers: ReadonlyMap<string, string>): void {
    for (const [key, answer] of answers) {
      const expected = operation.explain?.(this.world, key);
      if (expected !== answer) {
        this.blame(`${operation.name} on ${key} was told "${answer}" where it is "${expected}"`);
      }
    }
  }

  blame(what: string): void {
    this.violations.push(what);
  }

  #after(start: World, { operation, effects }: Pending, did: string): World {
    let world = start;
    for (const effect of effects) {
      const next = operation.apply(world, effect);
      if (next === undefined) {
        this.blame(
          `${operation.name} ${did} ${JSON.stringify(effect.fact)}, which is not its right`,
        );
      } else {
        world = next;
      }
    }
    return world;
  }
}
