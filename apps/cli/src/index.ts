export { createProgram, type Program } from "./program.ts";
export type { Io, Sink } from "./io.ts";
export { cliReference } from "./reference.ts";
export { readResult, type RunResult, type StepResult } from "./run/run-result.ts";
export { summaryText } from "./run/summary.ts";
