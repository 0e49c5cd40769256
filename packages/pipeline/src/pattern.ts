import { createBudget, DateTime, parseTemplate, render } from "@orchestrator/template";

/** Whether an RE2 pattern (L67) is found in a text; a pattern that cannot be read matches nothing. */
export function matches(text: string, pattern: string): boolean {
  const parsed = parseTemplate("{{ (text | regex_search(pattern)) is defined }}");
  if (parsed.kind === "refused") {
    return false;
  }
  const values: Readonly<Record<string, string>> = { text, pattern };
  const rendered = render(parsed.value, {
    scope: { lookup: (name) => values[name] },
    host: { now: () => new DateTime(0, 0), call: () => null },
    budget: createBudget(),
  });
  return rendered.kind === "value" && rendered.value === true;
}

/** Why a pattern is none of RE2; `undefined` for one that is. */
export function patternProblem(pattern: string): string | undefined {
  const parsed = parseTemplate(`{{ '' | regex_search(${JSON.stringify(pattern)}) }}`);
  return parsed.kind === "refused"
    ? (parsed.problems[0]?.message ?? "it cannot be read")
    : undefined;
}
