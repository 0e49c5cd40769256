export { type CapturedText } from "./captured-output.ts";
export { type Ending, type HostOutcome, type HostProcess, runHostProcess } from "./host-process.ts";
export { DEFAULT_LIMITS, type ProcessLimits } from "./process-limits.ts";
export { DEFAULT_PROGRAM_PATH, findProgram } from "./program.ts";
export { findPython, type PythonOutcome, runPython } from "./python.ts";
