import { normalName } from "./name.ts";

/** A name of the language that cannot be called here, with the rule that defines it. */
export type NotYet = { readonly name: string; readonly rule: string };

/** Tools and actions of §17 that are in the language and not in the catalogue, by normal name; `tool.operation` for operations. */
export const NOT_YET: ReadonlyMap<string, NotYet> = new Map(
  [
    ...rule("L185", "generate-structured", "process"),
    ...rule("L156", "sleep"),
    ...rule("L157", "wait-for-signal"),
    ...rule("L189", "javascript-executor"),
    ...rule("L195", "data-processing.sql"),
    ...rule("L198", "sql", "database"),
    ...rule(
      "L199",
      "validation.infer-schema",
      "validation.quality-check",
      "validation.extract-structured",
    ),
    ...rule("L200", "report-generator"),
    ...rule("L201", "pdf-compiler"),
    ...rule("L202", "visualization"),
    ...rule("L203", "web-search"),
    ...rule("L204", "headless-browser", "browser", "web-scraper"),
    ...rule("L205", "http", "http-client"),
    ...rule("L207", "task-delegation"),
    ...rule("L208", "multi-model-routing"),
    ...rule("L209", "prompt-optimization"),
    ...rule("L210", "pipeline-executor"),
    ...rule("L211", "recursion-control"),
    ...rule("L212", "user-prompt", "approval-gate", "feedback-collection"),
    ...rule("L213", "mcp-server"),
    ...rule("L214", "mcp-memory", "memory"),
    ...rule("L215", "mcp-resource"),
    ...rule(
      "L216",
      "image-analysis",
      "vision",
      "image-generation",
      "audio-processing",
      "speech-to-text",
      "video-processing",
    ),
    ...rule("L217", "auto-debugger", "checkpoint"),
  ].map((entry) => [entry.name, entry]),
);

/** The rule of a tool or action, or of an operation of a built tool, that is not built; undefined for an unknown word. */
export function notYet(name: string, operation?: string): NotYet | undefined {
  const whole = normalName(name);
  const own = NOT_YET.get(whole);
  if (own !== undefined || operation === undefined) {
    return own;
  }
  return NOT_YET.get(`${whole}.${normalName(operation)}`);
}

function rule(name: string, ...names: readonly string[]): NotYet[] {
  return names.map((each) => ({ name: each, rule: name }));
}
