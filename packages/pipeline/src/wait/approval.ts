import { createHash } from "node:crypto";

import type { Json } from "@orchestrator/template";

import { stepError } from "../engine/step-error.ts";
import type { JsonObject } from "../events.ts";
import { fit } from "../fit.ts";
import type { Answer } from "./answer.ts";
import { momentText } from "./moment.ts";
import type { EndedWait, WaitResult } from "./wait-result.ts";
import type { Wait, WaitEnd } from "./wait.ts";

/** The wait of an approval (L154), and its end when the content is approved already; a text says what is wrong. */
export function approvalWait(
  parameters: JsonObject,
  expiresAtMs: number,
): { readonly wait: Wait; readonly end?: WaitEnd } | string {
  const { title, auto_approve_hash: approved } = parameters;
  const given = parameters["default"];
  if (typeof title !== "string") {
    return "title must be a text";
  }
  const content = contentOf(parameters);
  if (given !== undefined && given !== null && given !== "approve" && given !== "reject") {
    return "default must be approve or reject";
  }
  const wait: Wait = {
    kind: "approval",
    title,
    prompt: content,
    schema: schemaOf(parameters),
    choices: ["approve", "reject"],
    expiresAtMs,
    ...(typeof given === "string" ? { default: given } : {}),
  };
  return approved === hashOf(content)
    ? { wait, end: { how: "answer", answer: { approved: true }, by: "auto_approve_hash" } }
    : { wait };
}

/** Holds an answer to an approval against what the step wants. */
export function readApproval(parameters: JsonObject, answer: Json): Answer {
  if (!isObject(answer) || typeof answer["approved"] !== "boolean") {
    return misfit('an approval is answered by an object: {"approved": true} or false');
  }
  const { approved, modified_content: modified, rejection_reason: reason, ...others } = answer;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    return misfit(`an approval has no ${unknown}`);
  }
  const judge = approved ? approvedWrongly : rejectedWrongly;
  const problem = judge(parameters, { modified, reason });
  return problem === undefined ? { kind: "fits", value: answer } : misfit(problem);
}

type Words = { readonly modified: Json | undefined; readonly reason: Json | undefined };

function approvedWrongly(
  { allow_modifications: mayModify }: JsonObject,
  { modified, reason }: Words,
): string | undefined {
  if (reason !== undefined) {
    return "rejection_reason comes with a rejection";
  }
  if (modified === undefined) {
    return undefined;
  }
  if (typeof modified !== "string") {
    return "modified_content is a text";
  }
  return isOn(mayModify) ? undefined : "the content may not be modified (allow_modifications)";
}

function rejectedWrongly(
  { require_reason: mustExplain }: JsonObject,
  { modified, reason = "" }: Words,
): string | undefined {
  if (modified !== undefined) {
    return "modified_content comes with an approval";
  }
  if (typeof reason !== "string") {
    return "rejection_reason is a text";
  }
  return reason.trim() === "" && isOn(mustExplain)
    ? "a rejection needs a rejection_reason (require_reason)"
    : undefined;
}

/** R of an approval (L154). */
export function approvalResult({ wait, end, parameters, endedAtMs }: EndedWait): WaitResult {
  const content = contentOf(parameters);
  const answer = end.how === "answer" ? end.answer : { approved: wait.default === "approve" };
  const { approved = false, modified_content, rejection_reason } = isObject(answer) ? answer : {};
  const result = {
    approved,
    action: approved === true ? "approve" : "reject",
    content_hash: hashOf(content),
    timestamp: momentText(endedAtMs),
    approver: end.how === "answer" ? end.by : null,
    ...(typeof modified_content === "string"
      ? { modified_content, modified_hash: hashOf(modified_content) }
      : {}),
    ...(typeof rejection_reason === "string" ? { rejection_reason } : {}),
    ...(end.how === "answer" ? {} : { used_default: true }),
  };
  if (approved === true || !isOn(parameters["fail_on_reject"])) {
    return { kind: "done", result };
  }
  const why = typeof rejection_reason === "string" ? `: ${rejection_reason}` : "";
  return { kind: "failed", error: stepError("HUMAN_REJECTED", `rejected${why}`), result };
}

function contentOf({ content = "" }: JsonObject): string {
  return typeof content === "string" ? content : JSON.stringify(content, null, 2);
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function schemaOf({ allow_modifications, require_reason }: JsonObject): Json {
  return {
    type: "object",
    required: ["approved"],
    properties: {
      approved: { type: "boolean" },
      rejection_reason: { type: "string" },
      ...(isOn(allow_modifications) ? { modified_content: { type: "string" } } : {}),
    },
    additionalProperties: false,
    ...(isOn(require_reason)
      ? {
          if: { properties: { approved: { const: false } } },
          // oxlint-disable-next-line unicorn/no-thenable -- JSON Schema's own word.
          then: { required: ["rejection_reason"] },
        }
      : {}),
  };
}

function isOn(value: Json | undefined): boolean {
  const read = fit(value ?? false, { kind: "boolean" });
  return read.kind === "fits" && read.value === true;
}

function isObject(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function misfit(message: string): Answer {
  return { kind: "misfit", message };
}
