// The compiler's thread: one document at a time.
import { parentPort } from "node:worker_threads";

import { compile } from "@orchestrator/pipeline";
import { catalogue } from "@orchestrator/tools/catalogue";

import type { CompileJob } from "./thread-compiler.ts";

parentPort?.on("message", ({ id, source, bundle }: CompileJob) => {
  parentPort?.postMessage({ id, compilation: compile(source, { bundle, catalogue }) });
});
