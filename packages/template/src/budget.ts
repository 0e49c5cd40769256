import { overLimit } from "./failure.ts";
import { TEMPLATE_LIMITS, type TemplateLimits } from "./limits.ts";
import { utf8Length } from "./values/characters.ts";
import { isList, isMapping, resolved } from "./values/kinds.ts";
import { DEEPEST, textOf } from "./values/text-form.ts";
import type { Value } from "./values/value.ts";

const CHECKS_CPU_EVERY = 64;
/** Characters that are produced in the time of one operation. */
const CHARACTERS_PER_OPERATION = 64;
/** Parts of containers that are visited in the time of one operation. */
const PARTS_PER_OPERATION = 16;
const MATCH_WORK_PER_OPERATION = 10_000;

/** What one step rendering may still use up (L60, L218). */
export class Budget {
  readonly limits: TemplateLimits;
  readonly #cpu: (() => number) | null;
  readonly #startedMs: number;
  #operations = 0;
  #nextCheck = CHECKS_CPU_EVERY;
  #bytes = 0;

  constructor(limits: TemplateLimits, cpu: (() => number) | null) {
    this.limits = limits;
    this.#cpu = cpu;
    this.#startedMs = cpu?.() ?? 0;
  }

  /** Counts operations. */
  spend(operations: number): void {
    this.#operations += operations;
    if (this.#operations < this.#nextCheck) return;
    if (this.#operations > this.limits.operations) {
      throw overLimit(`more than ${this.limits.operations} operations`);
    }
    this.#nextCheck = this.#operations + CHECKS_CPU_EVERY;
    this.#checkCpu();
  }

  /** Counts a text that an operation is about to make, or has made. */
  text(characters: number): void {
    if (characters > this.limits.stringBytes) throw overLimit(this.#tooLong());
    this.read(characters);
  }

  /** Counts a text that an operation is about to look through. */
  read(characters: number): void {
    this.spend(1 + Math.floor(Math.max(characters, 0) / CHARACTERS_PER_OPERATION));
  }

  /** The text form of a value, counted. */
  textOf(value: Value): string {
    if (typeof value === "string") return value;
    const text = textOf(value, { maxCharacters: this.limits.stringBytes, counter: this });
    this.text(text.length);
    return text;
  }

  /** Counts a text that is put together part by part; to be told of each part. */
  growing(): (characters: number) => void {
    let sum = 0;
    return (characters) => {
      sum += characters;
      if (sum > this.limits.stringBytes) throw overLimit(this.#tooLong());
      this.spend(Math.floor(characters / CHARACTERS_PER_OPERATION));
    };
  }

  /**
   * Counts what a value holds and gives the characters that it takes at least, indented. Containers and texts may be shared,
   * and be far larger written out than in memory.
   */
  weigh(value: Value, depth = 0): number {
    if (typeof value === "string") return value.length;
    const parts = partsOf(value);
    if (parts.length === 0) return 0;
    if (depth > DEEPEST) throw overLimit(`data nested deeper than ${DEEPEST}`);
    this.spend(1 + Math.floor(parts.length / PARTS_PER_OPERATION));
    let characters = parts.length * (2 * depth + 1);
    for (const part of parts) characters += this.weigh(part, depth + 1);
    return characters;
  }

  /** Counts a value that the template has put together, as part of everything that is rendered. */
  made(value: Value): void {
    this.#total(this.weigh(value));
  }

  /** Counts a sequence that an operation is about to make. */
  sequence(elements: number): void {
    this.holds(elements);
    this.spend(1 + Math.floor(elements / CHARACTERS_PER_OPERATION));
  }

  /** Checks the elements of a sequence that grows one by one. */
  holds(elements: number): void {
    if (elements > this.limits.sequence) {
      throw overLimit(`a sequence of more than ${this.limits.sequence} elements`);
    }
  }

  /** Counts a rendered string. */
  rendered(text: string): void {
    const bytes = utf8Length(text);
    if (bytes > this.limits.stringBytes) throw overLimit(this.#tooLong());
    this.#total(bytes);
  }

  #total(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > this.limits.totalBytes) {
      throw overLimit(`rendered values of more than ${this.limits.totalBytes} bytes in all`);
    }
  }

  /**
   * Runs one search for a pattern. `work` is characters times instructions of the pattern; where time can be told, time
   * bounds it, else the work counts as operations.
   */
  match(work: number, search: () => boolean): boolean {
    if (this.#cpu === null) {
      this.spend(1 + Math.floor(work / MATCH_WORK_PER_OPERATION));
      return search();
    }
    this.spend(1);
    const startedMs = this.#cpu();
    const found = search();
    const tookMs = this.#cpu() - startedMs;
    if (tookMs > this.limits.regexMs) {
      throw overLimit(`a pattern that searched for more than ${this.limits.regexMs} ms`);
    }
    if (tookMs > 1) this.#checkCpu();
    return found;
  }

  #checkCpu(): void {
    if (this.#cpu === null) return;
    if (this.#cpu() - this.#startedMs > this.limits.cpuMs) {
      throw overLimit(`more than ${this.limits.cpuMs} ms of CPU time`);
    }
  }

  #tooLong(): string {
    return `a string of more than ${this.limits.stringBytes} bytes`;
  }
}

function partsOf(value: Value): readonly Value[] {
  const used = resolved(value);
  if (isList(used)) return used;
  return isMapping(used) ? Object.values(used) : [];
}

/**
 * Makes the budget of one step rendering. `cpu` tells the milliseconds of CPU used so far; without it only operations and
 * sizes are bounded.
 */
export function createBudget(limits: Partial<TemplateLimits> = {}, cpu?: () => number): Budget {
  return new Budget({ ...TEMPLATE_LIMITS, ...limits }, cpu ?? null);
}
