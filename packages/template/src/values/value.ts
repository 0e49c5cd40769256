import type { DateTime } from "./date-time.ts";
import type { View } from "./view.ts";

/** A JSON value. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };

/** L1: a field, key or index that a present value does not have, or an optional input that was not supplied. */
export const MISSING: unique symbol = Symbol("missing");

/** L1: a field of a known step that has no result, `first` of nothing, an inline `if` without `else`. */
export const ABSENT: unique symbol = Symbol("absent");

/** The two kinds of undefined (L1, L2). */
export type Undefined = typeof MISSING | typeof ABSENT;

/** An object whose own properties are its keys. */
export type Mapping = { readonly [key: string]: Value };

/** Whatever an expression can yield. */
export type Value =
  | null
  | boolean
  | number
  | string
  | DateTime
  | Undefined
  | View
  | readonly Value[]
  | Mapping;
