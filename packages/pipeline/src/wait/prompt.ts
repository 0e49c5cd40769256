import type { Json } from "@orchestrator/template";

import type { JsonObject } from "../events.ts";
import { fit } from "../fit.ts";
import { matches, patternProblem } from "../pattern.ts";
import type { Answer } from "./answer.ts";
import type { EndedWait, WaitResult } from "./wait-result.ts";
import type { Wait } from "./wait.ts";

/** The wait of a prompt (L153); a text says what is wrong. */
export function promptWait(parameters: JsonObject, expiresAtMs: number): Wait | string {
  const { prompt } = parameters;
  const type = inputTypeOf(parameters);
  const choices = choicesOf(parameters);
  if (typeof prompt !== "string") {
    return "prompt must be a text";
  }
  if (type === "choice" && choices === undefined) {
    return "input_type choice needs choices";
  }
  const problem = badPattern(parameters);
  if (problem !== undefined) {
    return problem;
  }
  const given = parameters["default"] ?? null;
  const read = given === null ? undefined : readPrompt(parameters, given);
  if (read?.kind === "misfit") {
    return `default: ${read.message}`;
  }
  return {
    kind: "prompt",
    title: null,
    prompt,
    schema: { type: TYPES[type] },
    choices: type === "choice" ? (choices ?? []) : null,
    expiresAtMs,
    ...(read === undefined ? {} : { default: read.value }),
  };
}

/** Holds an answer to a prompt against its type, choices, pattern and bounds. */
export function readPrompt(parameters: JsonObject, answer: Json): Answer {
  const type = inputTypeOf(parameters);
  switch (type) {
    case "number":
      return bounded(parameters, fit(answer, { kind: "number" }));
    case "boolean":
      return fit(answer, { kind: "boolean" });
    case "choice":
      return chosen(choicesOf(parameters) ?? [], answer);
    case "text":
    case "multiline":
    case "password":
      return typeof answer === "object"
        ? { kind: "misfit", message: "must be a text" }
        : bounded(parameters, patterned(parameters, String(answer)));
  }
}

/** R of a prompt (L153). */
export function promptResult(ended: EndedWait): WaitResult {
  const { wait, end, parameters, startedAtMs, endedAtMs } = ended;
  const isAnswered = end.how === "answer";
  return {
    kind: "done",
    result: {
      value: isAnswered ? end.answer : (wait.default ?? null),
      input_type: inputTypeOf(parameters),
      used_default: !isAnswered,
      skipped: false,
      response_time: Math.max(0, endedAtMs - startedAtMs) / 1_000,
      retries: 0,
      context: parameters["context"] ?? null,
      answered_by: isAnswered ? end.by : null,
    },
  };
}

function badPattern({ validation_pattern: pattern }: JsonObject): string | undefined {
  const problem = typeof pattern === "string" ? patternProblem(pattern) : undefined;
  return problem === undefined ? undefined : `validation_pattern: ${problem}`;
}

const TYPES = {
  text: "string",
  multiline: "string",
  password: "string",
  choice: "string",
  number: "number",
  boolean: "boolean",
} as const;

type InputType = keyof typeof TYPES;

function inputTypeOf({ input_type: word }: JsonObject): InputType {
  const types: readonly InputType[] = [
    "text",
    "number",
    "boolean",
    "choice",
    "multiline",
    "password",
  ];
  return types.find((type) => type === word) ?? "text";
}

function choicesOf({ choices }: JsonObject): readonly string[] | undefined {
  const read = fit(choices ?? null, { kind: "array" });
  return read.kind === "fits" && Array.isArray(read.value) && read.value.length > 0
    ? read.value.map((choice: Json) =>
        (typeof choice === "object" ? JSON.stringify(choice) : String(choice)).trim(),
      )
    : undefined;
}

/** L153: trimmed, exact case first. */
function chosen(choices: readonly string[], answer: Json): Answer {
  const text = typeof answer === "object" ? undefined : String(answer).trim();
  const found =
    choices.find((choice) => choice === text) ??
    choices.find((choice) => choice.toLowerCase() === text?.toLowerCase());
  return found === undefined
    ? { kind: "misfit", message: `must be one of ${choices.join(", ")}` }
    : { kind: "fits", value: found };
}

function patterned({ validation_pattern: pattern }: JsonObject, text: string): Answer {
  return typeof pattern === "string" && !matches(text, pattern)
    ? { kind: "misfit", message: `must match ${pattern}` }
    : { kind: "fits", value: text };
}

/** Bounds are of a number, and of the length of a text in characters. */
function bounded({ min, max }: JsonObject, read: Answer): Answer {
  if (read.kind === "misfit") {
    return read;
  }
  const { value } = read;
  const size = typeof value === "string" ? Array.from(value).length : Number(value);
  const what = typeof value === "string" ? "have a length" : "be a number";
  if (typeof min === "number" && size < min) {
    return { kind: "misfit", message: `must ${what} of ${min} at least` };
  }
  return typeof max === "number" && size > max
    ? { kind: "misfit", message: `must ${what} of ${max} at most` }
    : read;
}
