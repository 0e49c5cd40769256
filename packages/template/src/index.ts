import type { DateTime } from "./values/date-time.ts";
import type { Json, Value } from "./values/value.ts";
import type { Parsed, TemplateProblem } from "./problem.ts";
import type { TemplateLimits } from "./limits.ts";
export { DateTime } from "./values/date-time.ts";
export { ABSENT, MISSING } from "./values/value.ts";
export type { Json, Mapping, Undefined, Value } from "./values/value.ts";
export type { View } from "./values/view.ts";
export type { Parsed, ProblemCode, TemplateProblem } from "./problem.ts";
export { SOURCE_LIMITS, TEMPLATE_LIMITS, type TemplateLimits } from "./limits.ts";

export type Template = { readonly kind: "template"; readonly source: string };
export type Condition = { readonly kind: "condition"; readonly source: string };
export type Expression = { readonly kind: "expression"; readonly source: string };
export type Budget = { readonly limits: TemplateLimits };
/**
 * `joinable`: names with a `-` in scope (L46). `bound`: names of steps, inputs and so on that are also names of globals
 * (`max`, `range`): naming one of these bare is a reference, of any other global `global_not_called`.
 */
export type ParseOptions = {
  readonly joinable?: ReadonlySet<string>;
  readonly bound?: ReadonlySet<string>;
};
export type Reference = {
  readonly root: string;
  readonly path: readonly (string | number | null)[];
  readonly offset: number;
  readonly guarded: boolean;
  readonly dollar: boolean;
  readonly called: boolean;
};
export type Facts = {
  readonly references: readonly Reference[];
  readonly impure: boolean;
  readonly literal: boolean;
  readonly calls: readonly { readonly name: string; readonly offset: number }[];
  readonly imprecise: readonly number[];
};
export interface Scope {
  lookup(name: string): Value | undefined;
}
export interface Host {
  now(): DateTime;
  call(name: string, args: readonly Value[]): Value;
}
export type Environment = {
  readonly scope: Scope;
  readonly host: Host;
  readonly budget: Budget;
  readonly names?: () => readonly string[];
};
export type UnresolvedReference = { readonly expression: string; readonly nearest?: string };
export type Rendered =
  | { readonly kind: "value"; readonly value: Value }
  | { readonly kind: "unresolved"; readonly references: readonly UnresolvedReference[] }
  | {
      readonly kind: "failed";
      readonly code: "TEMPLATE_ERROR" | "TEMPLATE_LIMIT" | "TEMPLATE_SECURITY";
      readonly message: string;
    };
export type Verdict =
  | { readonly kind: "verdict"; readonly verdict: boolean }
  | { readonly kind: "failed"; readonly message: string };
export declare function parseTemplate(source: string, options?: ParseOptions): Parsed<Template>;
export declare function parseCondition(source: string | boolean, options?: ParseOptions): Parsed<Condition>;
export declare function parseRowExpression(source: string): Parsed<Expression>;
export declare function factsOf(parsed: Template | Condition): Facts;
export declare function createBudget(limits?: Partial<TemplateLimits>, cpu?: () => number): Budget;
export declare function render(template: Template, env: Environment): Rendered;
export declare function evaluate(condition: Condition, env: Environment): Verdict;
export declare function evaluateRow(expression: Expression, row: { readonly [key: string]: Value }, budget: Budget): Rendered;
export declare function textOf(value: Value): string;
export declare function isTrue(value: Value): boolean;
export declare function jsonOf(value: Value): Json;
export declare const FILTERS: ReadonlySet<string>;
export declare const TESTS: ReadonlySet<string>;
export declare const GLOBALS: ReadonlySet<string>;
export declare function nearest(word: string, candidates: Iterable<string>): string[];
export type Problems = readonly TemplateProblem[];
