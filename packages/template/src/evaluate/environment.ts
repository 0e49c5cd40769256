import type { Budget } from "../budget.ts";
import type { FailureCode } from "../failure.ts";
import type { DateTime } from "../values/date-time.ts";
import type { Value } from "../values/value.ts";

/** The names that a template sees, outside its own (L68). */
export interface Scope {
  /** Undefined when nobody binds the name. */
  lookup(name: string): Value | undefined;
}

/** What only the run knows: the clock, files, loops (L74). A TemplateFailure that it throws fails the rendering. */
export interface Host {
  now(): DateTime;
  call(name: string, args: readonly Value[]): Value;
}

/** What something is evaluated in. */
export type Environment = {
  readonly scope: Scope;
  readonly host: Host;
  readonly budget: Budget;
  /** The bound names, for messages. */
  readonly names?: () => readonly string[];
};

/** A reference to what is missing, as written, and what it may have meant (L55). */
export type UnresolvedReference = { readonly expression: string; readonly nearest?: string };

/** What rendering gives: all of it or nothing (L54). */
export type Rendered =
  | { readonly kind: "value"; readonly value: Value }
  | { readonly kind: "unresolved"; readonly references: readonly UnresolvedReference[] }
  | { readonly kind: "failed"; readonly code: FailureCode; readonly message: string };
