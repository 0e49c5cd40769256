import type { AnswerCall } from "./answer.ts";
import { isRecord } from "./chat-request.ts";
import type { RequestKind } from "./request-kind.ts";

/** What a scripted reply does; what is left out is as it would be without the script. */
export type Reply = {
  /** The text of the answer. */
  readonly text?: string;
  /** Functions that the answer wants called, instead of a text. */
  readonly toolCalls?: readonly AnswerCall[];
  /** An HTTP status; 400 and above answer with an error. */
  readonly status?: number;
  /** `error.code` of an error. */
  readonly code?: string;
  /** `error.message` of an error. */
  readonly message?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** How long the reply waits. */
  readonly delayMs?: number;
  /** `hang`: say nothing until the caller leaves; `cut`: break the connection within the answer; `garbage`: a body that is no JSON. */
  readonly fault?: "hang" | "cut" | "garbage";
};

/** Replies to requests that match; the first rule that matches counts. */
export type ScriptRule = {
  /** Matches the name of the request's kind. */
  readonly kind?: RegExp;
  /** Matches the model's name. */
  readonly model?: RegExp;
  /** How many requests the rule replies to before it is spent; absent for all. */
  readonly times?: number;
  readonly reply: Reply;
};

/** Finds the rule for a request and counts its use. */
export type Script = {
  take(request: { readonly kind: RequestKind["name"]; readonly model: string }): Reply;
};

/** Makes a script of rules; a request that none matches is answered by its kind. */
export function createScript(rules: readonly ScriptRule[]): Script {
  const left = rules.map(({ times }) => times ?? Number.POSITIVE_INFINITY);
  return {
    take({ kind, model }) {
      const index = rules.findIndex(
        (rule, at) =>
          (left[at] ?? 0) > 0 &&
          (rule.kind?.test(kind) ?? true) &&
          (rule.model?.test(model) ?? true),
      );
      const rule = rules[index];
      if (rule === undefined) return {};
      left[index] = (left[index] ?? 0) - 1;
      return rule.reply;
    },
  };
}

/** Reads a script from JSON: a list of rules, their patterns as texts. Throws where one is malformed. */
export function parseScript(json: string): readonly ScriptRule[] {
  const rules: unknown = JSON.parse(json);
  if (!Array.isArray(rules)) throw new Error("a script is a list of rules");
  return rules.map((rule: unknown, at) => {
    if (!isRecord(rule) || !isRecord(rule["reply"])) throw new Error(`rule ${at} has no reply`);
    return parseRule(rule, parseReply(rule["reply"]));
  });
}

function parseRule({ kind, model, times }: Record<string, unknown>, reply: Reply): ScriptRule {
  return {
    ...(typeof kind === "string" ? { kind: new RegExp(kind) } : {}),
    ...(typeof model === "string" ? { model: new RegExp(model) } : {}),
    ...(typeof times === "number" ? { times } : {}),
    reply,
  };
}

function parseReply(reply: Record<string, unknown>): Reply {
  const { text, toolCalls, status, code, message, headers, delayMs, fault } = reply;
  return {
    ...(Array.isArray(toolCalls) ? { toolCalls: toolCalls.flatMap(callFrom) } : {}),
    ...(typeof text === "string" ? { text } : {}),
    ...(typeof status === "number" ? { status } : {}),
    ...(typeof code === "string" ? { code } : {}),
    ...(typeof message === "string" ? { message } : {}),
    ...(typeof delayMs === "number" ? { delayMs } : {}),
    ...(fault === "hang" || fault === "cut" || fault === "garbage" ? { fault } : {}),
    ...(isRecord(headers)
      ? { headers: Object.fromEntries(Object.entries(headers).map(([k, v]) => [k, String(v)])) }
      : {}),
  };
}

function callFrom(call: unknown): readonly AnswerCall[] {
  return isRecord(call) && typeof call["name"] === "string"
    ? [{ name: call["name"], arguments: call["arguments"] ?? {} }]
    : [];
}
