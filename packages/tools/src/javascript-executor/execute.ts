import { findJavaScript, runJavaScript } from "@orchestrator/sandbox";

import { codeExecutor } from "../host/code-executor.ts";

/** Runs JavaScript code in the workspace (L189). */
export const execute = codeExecutor({
  missing: "this executor has no Node.js for code: install node, or set the PATH of programs",
  find: findJavaScript,
  run: runJavaScript,
});
