import type { Catalogue } from "@orchestrator/pipeline";

import { javascriptExecutor, pythonExecutor } from "./code-executors.ts";
import { dataActions } from "./data-actions.ts";
import { dataProcessing } from "./data-processing.ts";
import { filesystem } from "./filesystem.ts";
import { humanTools } from "./human-tools.ts";
import { modelActions } from "./model-actions.ts";
import { terminal } from "./terminal.ts";
import { validation } from "./validation.ts";
import { waitActions } from "./wait-actions.ts";

/** Every tool and action that a document may call (§17). */
export const catalogue: Catalogue = {
  tools: [
    filesystem,
    terminal,
    pythonExecutor,
    javascriptExecutor,
    dataProcessing,
    validation,
    ...humanTools,
  ],
  actions: [...modelActions, ...dataActions, ...waitActions],
};
