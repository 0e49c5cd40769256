import { createBudget, DateTime, parseTemplate, render } from "@orchestrator/template";

/** What a search comes to. */
export type Search =
  | { readonly kind: "searched"; readonly isFound: boolean }
  /** The pattern cannot be read, or it and the text are too large together. */
  | { readonly kind: "failed"; readonly message: string };

const SEARCH = parseTemplate("{{ (text | regex_search(pattern)) is defined }}");

/** Looks for an RE2 pattern (L67) in a text. */
export function search(text: string, pattern: string): Search {
  if (SEARCH.kind === "refused") {
    throw new Error("the search for patterns is no template");
  }
  const values: Readonly<Record<string, string>> = { text, pattern };
  const rendered = render(SEARCH.value, {
    scope: { lookup: (name) => values[name] },
    host: { now: () => new DateTime(0, 0), call: () => null },
    budget: createBudget(),
  });
  return rendered.kind === "failed"
    ? rendered
    : { kind: "searched", isFound: rendered.kind === "value" && rendered.value === true };
}

/** Whether an RE2 pattern is found in a text; one that cannot be searched for matches nothing. */
export function matches(text: string, pattern: string): boolean {
  const found = search(text, pattern);
  return found.kind === "searched" && found.isFound;
}

/** Why a pattern is none of RE2; `undefined` for one that is. */
export function patternProblem(pattern: string): string | undefined {
  const parsed = parseTemplate(`{{ '' | regex_search(${JSON.stringify(pattern)}) }}`);
  return parsed.kind === "refused"
    ? (parsed.problems[0]?.message ?? "it cannot be read")
    : undefined;
}
