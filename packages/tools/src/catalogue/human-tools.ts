import type { OperationSpec, ToolSpec } from "@orchestrator/pipeline";

import { fields, optional, required } from "./parameter.ts";

const TIMEOUT = optional("timeout", "duration", {
  description: "How long to wait; 7 days without it.",
});
const CONTEXT = optional("context", ["cli", "gui", "api"], {
  description: "Where it is expected to be answered; a hint.",
});

/** Tools that wait for a person (L212). */
export const humanTools: readonly ToolSpec[] = [
  asking("user-prompt", {
    description: "Asks a person for a value.",
    parameters: [
      required("prompt", "string", { description: "What to ask." }),
      optional("input_type", ["text", "number", "boolean", "choice", "multiline", "password"], {
        default: "text",
        description: "Type of the value; a password is not shown.",
      }),
      optional("choices", "array", { description: "For `choice`: what may be chosen." }),
      optional("default", "any", { description: "Taken when nobody answers." }),
      TIMEOUT,
      optional("validation_pattern", "string", { description: "RE2 that a text must match." }),
      optional("min", "number", { description: "Least number, or length of a text." }),
      optional("max", "number", { description: "Greatest number, or length of a text." }),
      CONTEXT,
      optional("retry_on_invalid", "boolean", {
        default: true,
        description: "An answer that does not fit is refused, and the wait goes on.",
      }),
      optional("max_retries", "integer", { description: "Without effect: refusals end no wait." }),
    ],
    result: fields({
      value: "The answer, in the type of `input_type`.",
      input_type: "Its type.",
      used_default: "Whether nobody answered.",
      skipped: "False.",
      response_time: "Seconds.",
      retries: "0: what was refused is not recorded.",
      context: "As given.",
      answered_by: "Who answered.",
    }),
  }),
  asking("approval-gate", {
    description: "Asks a person to approve a content.",
    parameters: [
      required("title", "string", { description: "What it is." }),
      required("content", "any", { description: "What is to be approved." }),
      optional("format", ["text", "markdown", "json"], {
        default: "text",
        description: "How to show it.",
      }),
      optional("allow_modifications", "boolean", {
        default: false,
        description: "Whether an approval may bring another content.",
      }),
      optional("require_reason", "boolean", {
        default: false,
        description: "Whether a rejection needs a reason.",
      }),
      optional("default", ["approve", "reject"], { description: "Taken when nobody answers." }),
      TIMEOUT,
      optional("fail_on_reject", "boolean", {
        default: false,
        description: "A rejection fails the step.",
      }),
      optional("auto_approve_hash", "string", {
        description: "SHA-256 of the content, in hexadecimal, that is approved at once.",
      }),
      optional("metadata", "object", { description: "More for whoever approves." }),
      CONTEXT,
    ],
    result: fields({
      approved: "Whether it was approved.",
      action: "`approve` or `reject`.",
      content_hash: "SHA-256 of the content, in hexadecimal.",
      timestamp: "When it was answered.",
      approver: "Who answered.",
      modified_content: "Another content that the approval brought.",
      modified_hash: "Its SHA-256.",
      rejection_reason: "Why it was rejected.",
      used_default: "True when nobody answered.",
    }),
  }),
];

function asking(
  name: string,
  { description, parameters, result }: Pick<OperationSpec, "description" | "parameters" | "result">,
): ToolSpec {
  return {
    name,
    aliases: [],
    description,
    defaultOperation: "ask",
    operations: [
      {
        name: "ask",
        aliases: [],
        description,
        nature: "person",
        repeatable: true,
        parameters,
        result,
      },
    ],
  };
}
