export { type CapturedText } from "./captured-output.ts";
export { type Code, type CodeOptions, type CodeOutcome } from "./code.ts";
export { type Ending, type HostOutcome, type HostProcess, runHostProcess } from "./host-process.ts";
export { findJavaScript, runJavaScript } from "./javascript.ts";
export { DEFAULT_LIMITS, type ProcessLimits } from "./process-limits.ts";
export { DEFAULT_PROGRAM_PATH, findProgram } from "./program.ts";
export { findPython, runPython } from "./python.ts";
