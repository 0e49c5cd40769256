import { createBudget, DateTime, parseTemplate, render, textOf } from "@orchestrator/template";

import type { OracleCase, Outcome } from "./ask-jinja.ts";

const NOW = new DateTime(Date.UTC(2026, 0, 15, 14, 30, 45));

/** What this implementation makes of a template. */
export function renderHere({ template, data }: OracleCase): Outcome {
  const parsed = parseTemplate(template, {
    bound: new Set(Object.keys(data)),
    joinable: new Set(),
  });
  if (parsed.kind === "refused") {
    return { kind: "refused", why: parsed.problems.map(({ message }) => message).join("; ") };
  }
  const values = new Map(Object.entries(data));
  const rendered = render(parsed.value, {
    scope: { lookup: (name) => values.get(name) },
    host: { now: () => NOW, call: () => null },
    budget: createBudget(),
    names: () => [...values.keys()],
  });
  switch (rendered.kind) {
    case "value":
      return { kind: "text", text: textOf(rendered.value) };
    case "unresolved":
      return {
        kind: "undefined",
        why: rendered.references.map(({ expression }) => expression).join(", "),
      };
    case "failed":
      return { kind: "failed", why: rendered.message };
  }
}
