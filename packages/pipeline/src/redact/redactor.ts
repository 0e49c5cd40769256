import type { Json } from "@orchestrator/template";

import { base64Patterns, formsOf, urlPattern } from "./forms.ts";

/** What stands in the place of a value that is not shown (L164). */
export const HIDDEN = "***";

/** Shorter values are not looked for in other texts: too much would look like them (L164). */
export const MIN_HIDDEN_CHARACTERS = 4;

/** Values of one run that may not be shown, and their removal from what is recorded of it (L164, L165). */
export class Redactor {
  readonly #values = new Set<string>();
  /** All forms of all values, the longest first. */
  #needles: readonly string[] = [];
  readonly #patterns: RegExp[] = [];
  readonly #base64: RegExp[] = [];

  /** True while there is nothing to hide. */
  get isEmpty(): boolean {
    return this.#needles.length === 0;
  }

  /** Hides these texts from now on; those of fewer than four characters cannot be told from others. */
  add(values: Iterable<string>): void {
    const added = [...values].filter((value) => !this.#values.has(value));
    const needles = new Set(this.#needles);
    for (const value of added) {
      this.#values.add(value);
      if (value.length >= MIN_HIDDEN_CHARACTERS) {
        this.#patterns.push(...[urlPattern(value) ?? []].flat());
        this.#base64.push(...base64Patterns(value), ...base64Patterns(value.trim()));
      }
      for (const form of [value, value.trim()].flatMap(formsOf)) {
        if (form.length >= MIN_HIDDEN_CHARACTERS) {
          needles.add(form);
        }
      }
    }
    this.#needles = [...needles].toSorted((a, b) => b.length - a.length);
  }

  /** A text without hidden values, in whatever form they stand in it. */
  text(text: string): string {
    let shown = text;
    for (const needle of this.#needles) {
      if (shown.length >= needle.length && shown.includes(needle)) {
        shown = shown.replaceAll(needle, HIDDEN);
      }
    }
    const patterns = /[%+]/.test(shown) ? [...this.#base64, ...this.#patterns] : this.#base64;
    for (const pattern of patterns) {
      shown = shown.replace(pattern, HIDDEN);
    }
    return shown;
  }

  /** A value without hidden ones, keys included; the same value when there is none in it. */
  json(value: Json): Json {
    if (this.isEmpty) {
      return value;
    }
    if (typeof value === "string") {
      return this.text(value);
    }
    if (typeof value === "number") {
      // Within a longer number there are few digits that would not be found somewhere.
      return this.#values.has(String(value)) ? HIDDEN : value;
    }
    if (typeof value !== "object" || value === null) {
      return value;
    }
    return isList(value) ? value.map((item) => this.json(item)) : this.object(value);
  }

  /** An object without hidden values. */
  object(value: { readonly [key: string]: Json }): { readonly [key: string]: Json } {
    return this.isEmpty
      ? value
      : Object.fromEntries(
          Object.entries(value).map(([key, each]) => [this.text(key), this.json(each)]),
        );
  }
}

/** The texts and numbers in a value, as texts: what of it is to be hidden elsewhere. */
export function leavesOf(value: Json): readonly string[] {
  if (typeof value === "string") {
    return [value];
  }
  if (typeof value === "number") {
    return [String(value)];
  }
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(leavesOf) : [];
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
