import type { Json } from "@orchestrator/template";

import type { JsonObject } from "../events.ts";
import { readApproval } from "./approval.ts";
import { readPrompt } from "./prompt.ts";
import type { Wait } from "./wait.ts";

/** An answer as it is recorded, or why it is refused and the wait goes on (L150). */
export type Answer =
  | { readonly kind: "fits"; readonly value: Json }
  | { readonly kind: "misfit"; readonly message: string };

/** Holds a person's answer against what the step that waits wants. */
export function readAnswer(
  { wait, parameters }: { readonly wait: Wait; readonly parameters: JsonObject },
  answer: Json,
): Answer {
  switch (wait.kind) {
    case "approval":
      return readApproval(parameters, answer);
    case "prompt":
      return readPrompt(parameters, answer);
    case "feedback":
    case "sleep":
    case "signal":
      return { kind: "misfit", message: "the step waits for no person" };
  }
}
