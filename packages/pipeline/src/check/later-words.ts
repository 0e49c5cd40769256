import { normalName } from "./catalogue-index.ts";

const LATER: Readonly<Record<string, string>> = {
  L195: "data-processing.sql",
  L198: "sql database",
  L199: "validation.infer-schema validation.quality-check validation.extract-structured",
  L200: "report-generator",
  L201: "pdf-compiler",
  L202: "visualization",
  L203: "web-search",
  L204: "headless-browser browser web-scraper",
  L205: "http http-client",
  L207: "task-delegation",
  L208: "multi-model-routing",
  L209: "prompt-optimization",
  L210: "pipeline-executor",
  L211: "recursion-control",
  L212: "feedback-collection",
  L213: "mcp-server",
  L214: "mcp-memory memory",
  L215: "mcp-resource",
  L216: "image-analysis vision image-generation audio-processing speech-to-text video-processing",
  L217: "auto-debugger checkpoint",
};

/**
 * Tools, actions and operations (`tool.operation`) of §17 whose rules this build does not implement, by normal name, with
 * their rule.
 */
export const LATER_WORDS: ReadonlyMap<string, string> = new Map(
  Object.entries(LATER).flatMap(([rule, words]) =>
    words.split(" ").map((word) => [word, rule] as const),
  ),
);

/** The rule of a tool or action, or of a tool's operation (`tool.operation`), that is not implemented. */
export function laterRule(name: string, operation?: string): string | undefined {
  const whole = normalName(name);
  return LATER_WORDS.get(operation === undefined ? whole : `${whole}.${normalName(operation)}`);
}
