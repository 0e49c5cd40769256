export { Budget, createBudget } from "./budget.ts";
export { parseJsonText } from "./codecs/json-text.ts";
export { evaluate, type Verdict } from "./conditions/evaluate.ts";
export { type Condition, parseCondition } from "./conditions/parse.ts";
export type {
  Environment,
  Host,
  Rendered,
  Scope,
  UnresolvedReference,
} from "./evaluate/environment.ts";
export { render } from "./evaluate/render.ts";
export { type Facts, factsOf } from "./facts/facts.ts";
export type { Reference } from "./facts/reference.ts";
export { type FailureCode, TemplateFailure } from "./failure.ts";
export { SOURCE_LIMITS, TEMPLATE_LIMITS, type TemplateLimits } from "./limits.ts";
export { GLOBALS } from "./names.ts";
export { nearest } from "./nearest.ts";
export { type ParseOptions, parseTemplate, type Template } from "./parse/template.ts";
export type { Parsed, ProblemCode, TemplateProblem } from "./problem.ts";
export { evaluateRow } from "./rows/evaluate.ts";
export { type Expression, parseRowExpression } from "./rows/parse.ts";
export { DateTime } from "./values/date-time.ts";
export { isUndefined, isView } from "./values/kinds.ts";
export { jsonOf } from "./values/json.ts";
export { textOf } from "./values/text-form.ts";
export { isTrue } from "./values/truth.ts";
export {
  ABSENT,
  type Json,
  type Mapping,
  MISSING,
  type Undefined,
  type Value,
} from "./values/value.ts";
export type { View } from "./values/view.ts";
