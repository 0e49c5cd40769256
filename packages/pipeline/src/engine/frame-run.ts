import type { Frame, Instance } from "./frame.ts";
import { Waits } from "./waits.ts";

/** A frame as the schedule runs it. */
export class FrameRun {
  readonly frame: Frame;
  readonly #waits: Waits;
  /** Made when it is asked for: the root needs none. */
  #live: Set<Instance> | undefined;
  #over = 0;

  constructor(frame: Frame) {
    this.frame = frame;
    this.#waits = new Waits(frame.block);
  }

  /** Instances that were begun, and whose end is not committed yet. */
  get live(): Set<Instance> {
    this.#live ??= new Set();
    return this.#live;
  }

  /** Everything in it has settled, and that is committed. */
  get isOver(): boolean {
    return this.#over === this.frame.instances.length;
  }

  /** True when the instance waits for nothing any more. */
  isFree({ index }: Instance): boolean {
    return this.#waits.isFree(index);
  }

  /** The instance has settled, and that is committed; answers with the indexes of those that wait for nothing any more. */
  over(instance: Instance): readonly number[] {
    this.#over += 1;
    this.#live?.delete(instance);
    return this.#waits.over(instance.index);
  }
}
