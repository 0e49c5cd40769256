/** Why a template, condition or row expression was refused, and where. */
export type TemplateProblem = {
  readonly code: ProblemCode;
  readonly message: string;
  /** Index into the source text. */
  readonly offset: number;
  /** The nearest valid names first. */
  readonly suggestions: readonly string[];
};

export type ProblemCode =
  | "template_syntax"
  | "template_unsupported"
  | "template_security"
  | "unknown_filter"
  | "global_not_called"
  | "regex_unsupported"
  | "condition_syntax"
  | "limit";

/** What parsing gives. */
export type Parsed<T> =
  | { readonly kind: "parsed"; readonly value: T }
  | { readonly kind: "refused"; readonly problems: readonly TemplateProblem[] };

/** Ends a parse: the source cannot be understood beyond this point. */
export class ParseFailure extends Error {
  readonly problem: TemplateProblem;

  constructor(problem: TemplateProblem) {
    super(problem.message);
    this.problem = problem;
  }
}
