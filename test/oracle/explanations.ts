import type { Outcome } from "./ask-jinja.ts";

/** Two outcomes of one template that are not the same. */
export type Difference = {
  readonly template: string;
  /** With every rule that Jinja could be taught. */
  readonly jinja: Outcome;
  readonly here: Outcome;
};

/** Why a difference is right, by the rule that makes it so. */
export type Explanation = {
  readonly rule: string;
  readonly why: string;
  readonly explains: (difference: Difference) => boolean;
};

/** What Jinja cannot be taught; a difference that is not among these either is a fault. */
export const EXPLANATIONS: readonly Explanation[] = [
  {
    rule: "L64",
    why: "what the filter of a block gives is text, whatever it is",
    explains: ({ template, jinja }) =>
      template.includes("filter length") && /expected str instance/.test(reasonOf(jinja)),
  },
  {
    rule: "L63",
    why: "true equals no number",
    explains: ({ template }) => template.includes("true == 1"),
  },
  {
    rule: "L66",
    why: "a method that is not among the language's is refused when the template is read",
    explains: ({ here }) => here.kind === "refused" && here.why.includes("there is no method"),
  },
  {
    rule: "L72",
    why: "an argument that a filter does not have is refused when the template is read",
    explains: ({ here }) =>
      here.kind === "refused" && /^filter "\w+" (?:takes at most|has no parameter)/.test(here.why),
  },
  {
    rule: "L61",
    why: "a keyword is no name",
    explains: ({ template, here }) => here.kind === "refused" && template === "{{ for }}",
  },
];

function reasonOf(outcome: Outcome): string {
  return outcome.kind === "text" ? "" : outcome.why;
}
