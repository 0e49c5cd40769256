import { compile } from "@orchestrator/pipeline";
import { catalogue } from "@orchestrator/tools/catalogue";

import type { Compiler } from "../compiler.ts";

/** Compiles where it is called: for a process that serves nobody else meanwhile, which is faster than a thread's start. */
export function directCompiler(): Compiler {
  return {
    async compile(source, { bundle, signal }) {
      signal.throwIfAborted();
      return compile(source, { bundle, catalogue });
    },
    async [Symbol.asyncDispose]() {},
  };
}
