import { findPython, runPython } from "@orchestrator/sandbox";

import { codeExecutor } from "../host/code-executor.ts";

/** Runs Python code in the workspace (L189). */
export const execute = codeExecutor({
  missing: "this executor has no Python: install python3, or set the PATH of programs",
  find: findPython,
  run: runPython,
});
